/** A throwaway PostgreSQL of Debian, for state that people share. */
import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ensurePrograms } from "./apt.ts";
import { freePort } from "./free-port.ts";

/** A server that listens on loopback alone, as the user of Debian's package: it refuses to be root's. */
export class Postgres {
  /** What `pulumi login` takes. */
  readonly url: string;
  readonly #dir: string;
  readonly #bin: string;

  private constructor(url: string, dir: string, bin: string) {
    this.url = url;
    this.#dir = dir;
    this.#bin = bin;
  }

  /** @throws without root, or without the package `postgresql` where it may not be installed. */
  static async start(): Promise<Postgres> {
    await ensurePrograms({ pg_lsclusters: "postgresql" });
    const { stdout: bin } = await execa("sh", ["-c", "ls -d /usr/lib/postgresql/*/bin | tail -n 1"]);
    const { stdout: ids } = await execa("sh", ["-c", "id -u postgres; id -g postgres"]);
    const [uid = 0, gid = 0] = ids.split("\n").map(Number);
    const dir = await mkdtemp(join(tmpdir(), "kvmnet-postgres-"));
    await chown(dir, uid, gid);
    await chmod(dir, 0o700);
    const port = await freePort();
    const server = new Postgres(`postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`, dir, bin);
    await server.#run("initdb", "--auth=trust", "--no-sync");
    const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
    await server.#run("pg_ctl", "--wait", "-o", options, "-l", join(dir, "log"), "start");
    return server;
  }

  async stop(): Promise<void> {
    await this.#run("pg_ctl", "--wait", "--mode=immediate", "stop");
    await rm(this.#dir, { recursive: true, force: true });
  }

  #run(program: string, ...args: string[]) {
    const command = [
      "runuser",
      "-u",
      "postgres",
      "--",
      join(this.#bin, program),
      "-D",
      join(this.#dir, "data"),
      ...args,
    ];
    return execa(command[0] as string, command.slice(1), { cwd: "/", stdio: "ignore" });
  }
}

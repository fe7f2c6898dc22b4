/** The same work in the words of each tool: so many small files on one host, each a step of its own. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { QuickHost } from "../../lab/quick/index.ts";

/** A host as the tools are told of it. */
export interface Target {
  host: QuickHost;
  /** Where to connect to on 127.0.0.1: the proxy. */
  port: number;
  /** Its known_hosts file, for that port. */
  knownHosts: string;
  /** An empty directory for the tool's own files. */
  dir: string;
  python: string;
}

/** One tool, with its settings. */
export interface Tool {
  name: string;
  /** Writes the steps, and runs them once. @throws with what the tool said if it fails. */
  run(target: Target, count: number): Promise<void>;
}

const content = (n: number) => `add element inet kvmnet_br0 any4 { tcp . ${9000 + n} : 10.10.10.10 . 80 }`;

export const pyinfra: Tool = {
  name: "pyinfra",
  async run({ host, port, knownHosts, dir, python }, count) {
    const options = { ssh_port: port, ssh_user: "root", ssh_key: host.identityFile, ssh_known_hosts_file: knownHosts };
    await writeFile(join(dir, "inventory.py"), `hosts = [("127.0.0.1", ${JSON.stringify(options)})]\n`);
    const steps = Array.from(
      { length: count },
      (_, n) => `files.put(src=StringIO("${content(n)}\\n"), dest="/etc/peer/f${n}.nft")\n`,
    );
    const imports = "from io import StringIO\nfrom pyinfra.operations import files\n";
    await writeFile(join(dir, "deploy.py"), imports + steps.join(""));
    await tool(python, ["-m", "pyinfra", "-y", "inventory.py", "deploy.py"], dir, {});
  },
};

export const ansible = (pipelining: boolean): Tool => ({
  name: pipelining ? "Ansible, pipelined" : "Ansible",
  async run({ host, port, knownHosts, dir, python }, count) {
    const to = `ansible_host=127.0.0.1 ansible_port=${port} ansible_user=root`;
    const by = `ansible_ssh_private_key_file=${host.identityFile} ansible_python_interpreter=/usr/bin/python3.11`;
    const args = `ansible_ssh_common_args='-o UserKnownHostsFile=${knownHosts}'`;
    await writeFile(join(dir, "inventory"), `hv1 ${to} ${by} ${args}\n`);
    const steps = Array.from({ length: count }, (_, n) => ({
      "ansible.builtin.copy": { content: `${content(n)}\n`, dest: `/etc/peer/f${n}.nft` },
    }));
    // JSON is YAML, too.
    const play = [{ hosts: "hv1", gather_facts: false, tasks: steps }];
    await writeFile(join(dir, "play.yaml"), JSON.stringify(play));
    // Sockets have short paths.
    await mkdir(join(dir, "cp"), { recursive: true });
    // Nobody's own settings.
    await writeFile(join(dir, "ansible.cfg"), "");
    await tool(python, ["-m", "ansible", "playbook", "-i", "inventory", "play.yaml"], dir, {
      ...{ ANSIBLE_HOME: dir, ANSIBLE_CONFIG: join(dir, "ansible.cfg"), ANSIBLE_SSH_CONTROL_PATH_DIR: join(dir, "cp") },
      ANSIBLE_PIPELINING: String(pipelining),
    });
  },
});

async function tool(python: string, args: string[], cwd: string, env: Record<string, string>): Promise<void> {
  await execa(python, args, { cwd, env: { ...env, HOME: cwd, LC_ALL: "C.UTF-8" }, timeout: 400_000, stdin: "ignore" });
}

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runtime } from "../../../provider/host/runtime.ts";
import { encodeRequest } from "../../../provider/plan/encode.ts";
import type { Member } from "../../../provider/plan/request.ts";
import { QuickHost } from "../../lab/quick/index.ts";

const file = `/run/kvmnet/runtime-${runtime().version}.sh`;
/** One object of each way to own: alone, with others, and none but an entry of one's own. */
const objects = (name: string) => ({
  "file /etc/kvmnet/rename.conf": `${name}\n`,
  "shared sysctl net.ipv4.ip_forward": "1\n",
  "notify systemd-networkd.service#rename": "reload on /etc/kvmnet/rename.conf\n",
});
const keys = Object.keys(objects(""));

let host: QuickHost;
beforeAll(async () => {
  host = await QuickHost.start({ name: "rename" });
  await host.exec(`mkdir -p -m 0700 /run/kvmnet/tx && cat > ${file}`, { input: runtime().text });
});
afterAll(() => host?.stop());

const named = (name: string, nonce: string, formerly?: string): Member => ({
  owner: `urn:pulumi:t::rename::kvmnet:Bridge::${name}`,
  ...(formerly && { formerly: `urn:pulumi:t::rename::kvmnet:Bridge::${formerly}` }),
  nonce,
  adopt: false,
  change: { put: keys, drop: [], touch: [] },
  texts: objects(name),
  expects: [],
  reads: [],
});
const gone = (member: Member): Member => ({
  ...member,
  change: { put: [], drop: keys.toReversed(), touch: [] },
  texts: {},
});

/** Has the host run one member, killed at a step or not at all; its report, if it came to that. */
async function run(member: Member, killAt?: number): Promise<string> {
  const id = randomUUID();
  const env = killAt ? `KVMNET_TEST_KILL=${killAt} ` : "";
  const input = encodeRequest(id, "tx", [member]);
  await host.exec(`${env}setsid --wait sh ${file} run ${id}`, { input, mayFail: true });
  return (await host.exec(`cat /run/kvmnet/tx/${id}.report 2> /dev/null || true`)).stdout;
}

/** What the file says, and the names that the marks carry: of the file, of the claim, of the entry. */
async function marks(): Promise<string[]> {
  const all =
    "cd /var/lib/kvmnet && { cat /etc/kvmnet/rename.conf objects/file*/owner; ls shared/*/claims; cat objects/notify*/owner; }";
  return (await host.exec(`${all} | sed 's/.*:://'`)).stdout.split("\n");
}

test("a rename killed at any step leaves all as it was under the old name, or all as wanted under the new", async () => {
  expect(await run(named("old", "n"))).toContain(">member 0 ok");
  const seen = new Set<string>();
  for (let step = 1; ; step++) {
    const report = await run(named("new", "n", "old"), step);
    // The next request, whatever it is, puts right what was left.
    await run({ ...named("other", "m"), change: { put: [], drop: [], touch: [] }, texts: {} });
    const [name = "", ...rest] = await marks();
    expect(rest, `killed at step ${step}`).toEqual([name, name, name]);
    seen.add(name);
    expect(await run(named("new", "n", "old"))).toContain(">member 0 ok");
    expect(await marks()).toEqual(["new", "new", "new", "new"]);
    expect(await run(named("old", "n", "new"))).toContain(">member 0 ok");
    if (report.includes(">end ")) break;
  }
  expect([...seen].sort()).toEqual(["new", "old"]);
});

test("what another resource holds is refused, whatever it claims to have been called", async () => {
  expect(await run(named("thief", "m", "old"))).toContain("failed conflict");
  expect(await marks()).toEqual(["old", "old", "old", "old"]);
});

test("a resource that was renamed and is removed at once leaves nothing", async () => {
  expect(await run(gone(named("new", "n", "old")))).toContain(">member 0 ok");
  expect((await host.exec("ls -d /etc/kvmnet /var/lib/kvmnet 2> /dev/null || true")).stdout).toBe("");
});

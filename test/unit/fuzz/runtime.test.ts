/**
 * What the runtime on the host reads with awk: listings of nft and of ip, libvirt's XML, requests. The tools' output is
 * given to it here, damaged; what reads it is the runtime itself.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runtime } from "../../../provider/host/runtime.ts";
import { cases } from "./cases.ts";
import { mutatedLines } from "./values.ts";

const listing = `table inet kvmnet_br0 {
	map any4 {
		type inet_proto . inet_service : ipv4_addr . inet_service
		elements = { tcp . 80 : 10.0.0.2 . 80 comment "a, b",
			     udp . 53 : 10.0.0.3 . 53 }
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		counter drop
		iifname "br0" jump DOCKER-USER
	}
}`;
const xml = `<domain type='qemu'>
  <name>web</name>
  <devices>
    <interface type='bridge'>
      <mac address='52:54:00:00:00:42'/>
      <source bridge='br0'/>
      <target dev='vnet0'/>
    </interface>
  </devices>
</domain>`;
const request = `>tx id-1
>member 0
>owner urn:pulumi:prod::lab::t::n
>nonce n
>expect port-free	tcp	0.0.0.0	80	80	*
>put file /etc/kvmnet/x
|content
>drop shared unit kvmnet.service
>read addresses
>end id-1`;
const routes =
  "default via 192.168.1.1 dev eth0 proto dhcp\n192.168.1.0/24 dev eth0 scope link\nblackhole 10.99.0.0/16";

/** Seconds for all cases; as good as never, for what takes some 0.1 of them each. */
const limit = 60 + cases / 4;

/** Each case is a directory with the four texts; what each function printed or wrote goes into files beside them. */
const script = `
nft() { cat "$CASE/nft"; }
ip() { cat "$CASE/ip"; }
virsh() { printf 'State: running\\n%s' kvmnet-id-1; cat "$CASE/xml"; printf '\\n</domain>\\n%s</domain>\\n' kvmnet-id-1; }
grep() { return 1; }
KV_ID=id-1 KVMNET_SSH='192.168.1.2 50000 192.168.1.11 22'
for CASE in */; do
  CASE=$PWD/\${CASE%/}
  KV_W=$CASE/work KV_O=$CASE/o KVN_CHANGES=0
  kvn_split 'inet kvmnet_br0'
  kvn_list
  kvr_blockers > "$CASE/blockers"
  kvd_split 'qemu:///system web 52:54:00:00:00:42'
  kvd_look && kvd_interface live > "$CASE/interface"
  kvd_master "$CASE/interface" /dev/null && printf '%s\\n' "$KVD_TAP" > "$CASE/tap"
  kv_parse < "$CASE/request" > "$CASE/parsed"
  ( facts ) > "$CASE/facts" 2>&1
  : > "$CASE/through"
done
echo through`;

test(
  "whatever tools print, the runtime reads it to its end, and runs and writes nothing of it",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "kvmnet-fuzz-"));
    try {
      const texts = [listing, xml, request, routes].map(mutatedLines);
      const seed = Number(process.env.KVMNET_SEED ?? Math.floor(Math.random() * 2 ** 31));
      const given = fc.sample(fc.tuple(...(texts as [fc.Arbitrary<string>, ...fc.Arbitrary<string>[]])), {
        seed,
        numRuns: Math.ceil(cases / 10),
      });
      for (const [index, all] of given.entries()) {
        mkdirSync(join(dir, String(index), "work"), { recursive: true });
        for (const [at, name] of ["nft", "xml", "request", "ip"].entries())
          writeFileSync(join(dir, String(index), name), all[at] ?? "");
      }
      // It ends whatever the shell has started, too.
      const ran = await execa("timeout", [`${limit}`, "sh", "-s"], {
        input: `${runtime().text}\n${script}`,
        cwd: dir,
        reject: false,
      });
      // In the order in which the shell goes through them.
      const stuck = readdirSync(dir)
        .sort()
        .find((name) => !existsSync(join(dir, name, "through")));
      expect(stuck, `KVMNET_SEED=${seed}: ${ran.stderr.slice(-500)}`).toBe(undefined);
      expect(ran.stdout).toBe("through");
      expect(readdirSync(dir).length).toBe(given.length);
      for (const [index, [, definition = ""]] of given.entries()) isOnlyRead(join(dir, String(index)), definition);
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
  (limit + 60) * 1000,
);

/** What the functions printed is in the form that it has to have, and made of what they read. */
function isOnlyRead(dir: string, xml: string): void {
  const made = ["blockers", "facts", "interface", "ip", "nft", "parsed", "request", "tap", "through", "work", "xml"];
  expect(made).toEqual(expect.arrayContaining(readdirSync(dir)));
  const lines = (name: string) => readFileSync(join(dir, name), "latin1").split("\n").filter(Boolean);
  const bytes = (text: string) => Buffer.from(text).toString("latin1");
  // What is no listing from its beginning to its end is none.
  if (existsSync(join(dir, "work/nft.inet.kvmnet_br0.0")))
    for (const line of lines("work/nft.inet.kvmnet_br0.0")) expect(line).toMatch(/^[RE] /);
  for (const line of lines("blockers")) expect(line).toMatch(/^[^\t]*\t/);
  for (const line of lines("interface")) expect(bytes(xml)).toContain(line);
  for (const line of lines("facts")) expect(line).toMatch(/^[>|]/);
  for (const name of readdirSync(join(dir, "work")))
    expect(name).toMatch(
      /^(-?\d+\.\S+|nft\.inet\.kvmnet_br0\.0(\.raw)?|domain(\.(live|stored|state|err))?|routes|uplinks|advertised)$/,
    );
}

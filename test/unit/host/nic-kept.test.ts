import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runtime } from "../../../provider/host/runtime.ts";

/** A domain's NIC as virsh dumpxml shows it, with what somebody has said of it besides. */
const shown = (bus: string, more = "", source = "<source bridge='br0'/>") => `<domain>
  <devices>
    <interface type='bridge'>
      <mac address='52:54:00:00:00:42'/>
      ${source}
      <target dev='vnet0'/>
      <model type='virtio'/>
      ${more}
      <address type='pci' domain='0x0000' bus='${bus}' slot='0x00' function='0x0'/>
    </interface>
  </devices>
</domain>`;
const none = "<domain>\n</domain>";
const want = `<interface type='bridge'>
  <mac address='52:54:00:00:00:42'/>
  <source bridge='br0'/>
  <model type='e1000e'/>
</interface>
`;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "kvmnet-nic-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** libvirt, as far as it matters here: it changes nothing live in place, and refuses the places that it is told to. */
const virsh = `virsh() {
  shift 3
  case $1 in
    dominfo\\ *)
      printf 'State: running\\nPersistent: yes\\n'
      printf '%s' "kvmnet-$KV_ID" && cat "$DIR/live" && echo && printf '%s' "kvmnet-$KV_ID" && cat "$DIR/stored"
      ;;
    detach-device) printf '<domain>\\n</domain>\\n' > "$DIR/live" ;;
    update-device) [ "$6" = --config ] && cp "$5" "$DIR/handed-stored" ;;
    attach-device)
      if [ -n "$TAKEN" ] && grep -q "bus='$TAKEN'" "$5"; then
        printf 'error: Failed to attach device\\nerror: PCI address %s is in use\\n' "$TAKEN" >&2
        return 1
      fi
      case $6 in --config) cp "$5" "$DIR/handed-stored"; { echo '<domain>'; cat "$5"; echo '</domain>'; } > "$DIR/stored" ;; *) cp "$5" "$DIR/handed-live" ;; esac ;;
  esac
}`;

/** What libvirt is handed when the NIC is to be as `want`, and what the user is told. */
function handed(given: { live: string; stored: string; taken?: string; wanted?: string; old?: string }) {
  const { live, stored, taken = "", wanted = want, old = "" } = given;
  writeFileSync(join(dir, "live"), live);
  writeFileSync(join(dir, "stored"), stored);
  writeFileSync(join(dir, "want"), wanted);
  writeFileSync(join(dir, "old"), old);
  const script = `${runtime().text}\n${virsh}\nKV_W=$DIR KV_O=$DIR/o KV_M=$DIR/m KV_BOOT='' KV_ID=id\nnic_apply 'qemu:///system web 52:54:00:00:00:42' "$DIR/want" "$DIR/old"`;
  execFileSync("sh", { input: script, env: { PATH: process.env.PATH, DIR: dir, TAKEN: taken }, encoding: "utf8" });
  const text = (name: string) => (readdirSync(dir).includes(name) ? readFileSync(join(dir, name), "utf8") : "");
  return { live: text("handed-live"), stored: text("handed-stored"), notes: text("m.notes") };
}

test("a NIC that is plugged out and in has its own place again, live and stored, and what else tells the guest", () => {
  const told = "<alias name='ua-lan'/>\n      <boot order='1'/>";
  const { live, stored, notes } = handed({ live: shown("0x05", "<alias name='net0'/>"), stored: shown("0x03", told) });
  expect(live).toContain("bus='0x05'");
  expect(stored).toContain("bus='0x03'");
  expect(stored).toMatch(/<alias name='ua-lan'\/>\s+<boot order='1'\/>/);
  for (const one of [live, stored]) {
    expect(one).toContain("<model type='e1000e'/>");
    expect(one).not.toMatch(/net0|vnet0|virtio/);
  }
  expect(notes).toBe("NIC 52:54:00:00:00:42 of web was plugged out and in again\n");
});

test("a NIC that is new in the running domain has the place of the stored definition, and the other way round", () => {
  expect(handed({ live: none, stored: shown("0x03") }).live).toContain("bus='0x03'");
  expect(handed({ live: shown("0x05"), stored: none }).stored).toContain("bus='0x05'");
});

test("where another device has the place libvirt chooses one, and the user is told", () => {
  const { live, stored, notes } = handed({ live: none, stored: shown("0x03"), taken: "0x03" });
  expect(stored).toContain("bus='0x03'");
  expect(live).toContain("<model type='e1000e'/>");
  expect(live).not.toContain("<address");
  expect(notes).toBe(
    "NIC 52:54:00:00:00:42 of web could not have its PCI address in the running domain, so its name in the guest may be another one: PCI address 0x03 is in use\n",
  );
});

test("the host's device that is handed to a guest is not the place of a NIC", () => {
  const source =
    "<source>\n        <address type='pci' domain='0x0000' bus='0x0f' slot='0x10' function='0x1'/>\n      </source>";
  const { live } = handed({ live: shown("0x05", "", source), stored: shown("0x05", "", source) });
  expect(live).toContain("bus='0x05'");
  expect(live).not.toContain("0x0f");
});

test("what somebody else has said of a NIC stays, live and stored; what we said and do not say any more goes", () => {
  const theirs = `<bandwidth>
        <inbound average='128'/>
      </bandwidth>
      <coalesce>
        <rx>
          <frames max='7'/>
        </rx>
      </coalesce>
      <filterref filter='clean-traffic'>
        <parameter name='IP' value='10.0.0.1'/>
      </filterref>
      <link state='down'/>
      <driver name='qemu'/>`;
  const old = want.replace("</interface>", "  <link state='down'/>\n</interface>");
  const same = want.replace("e1000e", "virtio");
  const { live, stored } = handed({
    live: shown("0x05", `${theirs}\n      <mtu size='1400'/>\n      <alias name='net0'/>`),
    stored: shown("0x05", theirs),
    wanted: same.replace("br0", "br1"),
    old,
  });
  for (const one of [live, stored]) {
    for (const kept of ["average='128'", "max='7'", "value='10.0.0.1'", "driver name='qemu'", "bus='0x05'"])
      expect(one).toContain(kept);
    expect(one).not.toMatch(/<link|<mtu|vnet0|net0/);
    expect(one.match(/<model/g)).toHaveLength(1);
  }
});

test("what is about another bridge or another model stays only as long as that does", () => {
  const tagged = shown("0x05", "<vlan>\n        <tag id='42'/>\n      </vlan>\n      <driver name='vhost'/>");
  const same = want.replace("e1000e", "virtio").replace("</interface>", "  <mtu size='1400'/>\n</interface>");
  const stays = handed({ live: tagged, stored: tagged, wanted: same });
  for (const one of [stays.live, stays.stored]) expect(one).toMatch(/tag id='42'[\s\S]*driver name='vhost'/);
  const moved = handed({ live: tagged, stored: tagged, wanted: want.replace("br0", "br1") });
  for (const one of [moved.live, moved.stored]) expect(one).not.toMatch(/vlan|vhost/);
});

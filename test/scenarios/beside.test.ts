import { afterAll, beforeAll, expect, test } from "vitest";
import { differences, type Guest, QuickHost } from "../lab/quick/index.ts";
import type { Stack } from "../lab/stack.ts";
import { network, stackOn, succeeded } from "../lab/testbed.ts";

/** A dnsmasq that serves the whole machine, as Debian's package of that name sets it up. */
const unit = `[Service]
ExecStart=/usr/sbin/dnsmasq --keep-in-foreground --conf-file=/dev/null --conf-dir=/etc/dnsmasq.d --host-record=whole.machine,192.0.2.53
Restart=on-failure
[Install]
WantedBy=multi-user.target
`;

let host: QuickHost;
let stack: Stack;
let guest: Guest;

beforeAll(async () => {
  host = await QuickHost.start({
    name: "beside",
    files: {
      "/etc/systemd/system/dnsmasq.service": unit,
      "/etc/dnsmasq.d/README": "# settings of the whole machine\n",
    },
  });
  await host.exec("systemctl enable --now dnsmasq.service");
  stack = await stackOn(host, network());
});
afterAll(async () => {
  await stack?.dispose();
  await host?.stop();
});

test("a dnsmasq of the whole machine lets go of our bridge alone, and takes it back", async () => {
  const before = await host.snapshot();
  succeeded(await stack.up());
  guest = await host.guest({ name: "web", mac: "52:54:00:00:00:10", bridge: "br0" });
  expect((await guest.dhcp()).ip).toBe("10.10.10.10");
  expect((await guest.exec("busybox nslookup web.lab.internal 10.10.10.1")).stdout).toContain("10.10.10.10");
  const outside = await host.outside.exec("busybox nslookup whole.machine 198.51.100.2");
  expect(outside.stdout).toContain("192.0.2.53");
  succeeded(await stack.up("--expect-no-changes"));

  await guest.unplug();
  succeeded(await stack.destroy());
  expect((await host.outside.exec("busybox nslookup whole.machine 198.51.100.2")).stdout).toContain("192.0.2.53");
  expect(differences(before, await host.snapshot())).toEqual([]);
});

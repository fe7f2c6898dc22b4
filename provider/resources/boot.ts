import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { Expectation } from "../model/resource.ts";
import { ipv4Address } from "../model/values/address.ts";
import { shown } from "../model/values/shown.ts";
import { text } from "../model/values/text.ts";
import { mayRead } from "./dnsmasq-profile.ts";

/** Its place in a DHCP message has 128 bytes (RFC 2131, section 2); a comma would end it in dnsmasq's configuration. */
const file = text((name) =>
  /^[A-Za-z0-9_./:+-]{1,127}$/.test(name) && !name.startsWith("-") && !name.split("/").includes("..")
    ? undefined
    : `${shown(name)} cannot be a boot file. Use up to 127 letters, digits and "_", ".", "/", ":", "+", "-", without "..".`,
);
const directory = text(
  (path) =>
    /^\/[A-Za-z0-9_./+-]{1,200}$/.test(path) && !/\/\.{0,2}(\/|$)/.test(path.replace(/\/$/, ""))
      ? undefined
      : `${shown(path)} is not a directory such as /srv/tftp. Write its whole path, of letters, digits and "_", ".", "+", "-".`,
  (path) => path.replace(/\/$/, ""),
);

/** What guests start from over the network (PXE). */
export const bootArgs = z.strictObject({
  tftpRoot: directory.optional().describe("Directory of the host to serve by TFTP."),
  file: file.describe("What to start, below the server's root."),
  server: ipv4Address.optional().describe("Another machine that serves it. Default: the host."),
});
type Boot = z.output<typeof bootArgs>;

/** The unit's sandbox: ProtectHome=, PrivateTmp=, PrivateDevices= and the like (systemd.exec(5)). */
const hidden = ["/home", "/root", "/run", "/tmp", "/var/tmp", "/dev", "/proc", "/sys"];

export function bootMistakes(boot: Boot | undefined): Mistake[] {
  if (!boot) return [];
  const { tftpRoot: root, server } = boot;
  if (root === undefined && server === undefined) {
    return [{ path: "boot", text: "names nobody who serves the file. Give tftpRoot, or the server that has it." }];
  }
  if (root === undefined) return [];
  if (server !== undefined) {
    return [
      { path: "boot.server", text: "cannot stand beside tftpRoot, which this host serves. Leave one of them out." },
    ];
  }
  const place = hidden.find((path) => root === path || root.startsWith(`${path}/`));
  if (!place) return [];
  const reason = `is hidden from dnsmasq, whose unit sees nothing of ${place}. Use a directory such as /srv/tftp.`;
  return [{ path: "boot.tftpRoot", text: `${root} ${reason}` }];
}

/** dnsmasq reads it as a user without rights. */
export function bootExpectations(boot: Boot | undefined): Expectation[] {
  if (boot?.tftpRoot === undefined) return [];
  const { tftpRoot: root, file: name } = boot;
  return [
    {
      expect: ["readable", root],
      explain: (found, host) => ({
        path: "boot.tftpRoot",
        text: `dnsmasq cannot read ${root} on ${host} (${found}). Make it, and let others read it: chmod o+rx.`,
      }),
    },
    mayRead(`${root}/`, "boot.tftpRoot"),
    {
      expect: ["readable", `${root}/${name}`],
      explain: (found, host) => ({
        path: "boot.file",
        text: `dnsmasq cannot read ${root}/${name} on ${host} (${found}). Put it there, and let others read it: chmod o+r.`,
      }),
    },
  ];
}

import { dnsmasqLeases, dnsmasqUnit } from "../../model/dnsmasq.ts";
import type { Dhcp } from "../../model/nouns/dhcp.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";
import { dropStale } from "./leases.ts";

const path = "/etc/kvmnet/newer.sh";

const script = `${header}
# newer.sh FROM TO: brings a file up to date with a newer one, whole or not at all. Owner and mode stay as they are.
[ -e "$1" ] && { [ ! -e "$2" ] || [ "$1" -nt "$2" ]; } || exit 0
trap 'rm -f "$2.kvmnet"' EXIT
{ [ ! -e "$2" ] || cp -a "$2" "$2.kvmnet"; } && cat "$1" > "$2.kvmnet" && touch -r "$1" "$2.kvmnet" && mv "$2.kvmnet" "$2"
`;

/**
 * Has a server that somebody has set up rest while ours stands in for it. Its leases come along, and go back with every stop
 * of ours: whoever serves next knows them. First of the units, since it has the address that ours wants.
 */
export function replaced(bridge: string, { unit, leaseFile }: NonNullable<Dhcp["replaces"]>): Plan {
  return {
    ...(leaseFile !== undefined && {
      [`shared file ${path}`]: script,
      [`file ${dropIn(bridge)}`]: textOf([
        header,
        "[Service]",
        // Beyond the sandbox: the file is not ours.
        `ExecStartPre=-+/bin/sh ${path} ${leaseFile} ${dnsmasqLeases(bridge)}`,
        `ExecStartPre=-${dropStale}`,
        `ExecStopPost=-+/bin/sh ${path} ${dnsmasqLeases(bridge)} ${leaseFile}`,
      ]),
    }),
    [`unit ${unit}`]: textOf(["disabled", "inactive"]),
  };
}

/** What our own unit is started again for. */
export function replacedTriggers(bridge: string, { leaseFile }: NonNullable<Dhcp["replaces"]>): string[] {
  return leaseFile === undefined ? [] : [`restart on ${dropIn(bridge)}`];
}

function dropIn(bridge: string): string {
  return `/etc/systemd/system/${dnsmasqUnit(bridge)}.d/replaced.conf`;
}

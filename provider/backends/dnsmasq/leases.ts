import { dnsmasqHosts, dnsmasqLeases } from "../../model/dnsmasq.ts";
import type { Plan } from "../../plan/plan.ts";
import { header } from "../header.ts";

const path = "/etc/kvmnet/leases.sh";

const script = `${header}
# \`check BRIDGE\`: fails if an address is reserved for one guest and leased to another, whom dnsmasq lets keep it.
# \`drop BRIDGE\`: takes such leases out of the file; dnsmasq reads it when it starts, and at no other time.
leases=${dnsmasqLeases("$2")}
[ -s "$leases" ] || exit 0

# With drop=1 prints the leases that stay, with drop=0 fails at one that does not.
judge() {
  cat ${dnsmasqHosts('"$2"')}* 2> /dev/null | awk -v drop="$3" '
    reservations { if (split($0, part, ",") > 1 && part[2] ~ /^[0-9.]+$/) { reserved[part[2]]; guest[part[2], part[1]] }; next }
    ($3 in reserved) && !(($3, $2) in guest) {
      print $3 " is leased to " $2 " and reserved for another guest" | "cat >&2"
      found = 1
      next
    }
    drop { print }
    END { exit found && !drop }' reservations=1 - reservations=0 "$leases"
}

case $1 in
  check) judge "$@" 0 ;;
  drop)
    trap 'rm -f "$leases.kvmnet"' EXIT
    # With its owner, mode and label, and whole or not at all.
    cp -a "$leases" "$leases.kvmnet" && judge "$@" 1 > "$leases.kvmnet" && mv "$leases.kvmnet" "$leases"
    ;;
esac
`;

/** What the unit of every instance runs before it starts, and asks before it reloads. */
export const staleLeases: Plan = { [`shared file ${path}`]: script };

/** As a unit's template says it, of its own bridge. */
export const dropStale = `/bin/sh ${path} drop %i`;
export const checkStale = `/bin/sh ${path} check %i`;

import type { HealthCheck } from "../model/nouns/forward.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";
import { header } from "./header.ts";
import { sandbox } from "./sandbox.ts";

const script = "/etc/kvmnet/health.sh";

/**
 * Looks once at a group's targets, and leads past those that are unhealthy. Connecting is all that it takes: bash can, and
 * every Debian has it. All of it is known from the file with the group's elements, one line for each slot and port:
 *
 *     add element inet TABLE targets { SLOT . PROTOCOL . PORT : TARGET }
 *
 * What it remembers outlives a flush of the tables, not a boot; a target counts as healthy until it is found otherwise, and with
 * none that is healthy all are tried. It writes under the lock of our own changes, so as not to mix targets of before and after.
 * The kernel's slots are equal parts of all hashes, in their order: those of `healthy` lie within those of `targets`.
 */
const healthScript = `${header}
# TABLE PORT TIMEOUT FAILURES SUCCESSES
table=$1 port=$2 timeout=$3 failures=$4 successes=$5
part=/etc/kvmnet/nft/$table.d/targets.nft
state=/run/kvmnet/health.$table
umask 077

found=$(
  for target in $(awk '$5 == "targets" { print $13 }' "$part" | sort -u); do
    { timeout "$timeout" bash -c ': < "/dev/tcp/$0/$1"' "$target" "$port" 2> /dev/null; echo "$target $?"; } &
  done
  wait
)
exec 9> /run/kvmnet/lock
flock -w 10 9 && [ -e "$part" ] && live=$(nft list map inet "$table" healthy 2> /dev/null) || exit 0

# TARGET, 0 while it is healthy, and how often in a row it was found otherwise.
printf '%s\\n' "$found" | awk -v state="$state" -v failures="$failures" -v successes="$successes" '
  BEGIN {
    while ((getline line < state) > 0) { split(line, w, " "); ill[w[1]] = w[2]; count[w[1]] = w[3] }
  }
  {
    now = $2 != 0
    count[$1] = now == ill[$1] + 0 ? 0 : count[$1] + 1
    if (count[$1] >= (now ? failures : successes)) {
      ill[$1] = now
      count[$1] = 0
      print "<5>" $1 " is " (now ? "unhealthy" : "healthy again") > "/dev/stderr"
    }
    print $1, ill[$1] + 0, count[$1]
  }' > "$state.new" && mv "$state.new" "$state"

wanted=$(awk -v state="$state" '
  BEGIN { while ((getline line < state) > 0) { split(line, w, " "); ill[w[1]] = w[2] } }
  $5 == "ports" { keys[++ports] = $7 " . " $9 }
  $5 == "targets" { target[$7] = $13; if ($7 >= n) n = $7 + 1 }
  END {
    for (i = 0; i < n; i++) bad += ill[target[i]]
    if (bad == 0 || bad == n) exit
    for (slot = 0; slot < n * (n - 1); slot++) {
      own = at = int(slot / (n - 1))
      # Each slot of a target begins with another of those that stand in for it.
      for (i = slot; ill[target[at]]; i++) at = (own + 1 + i % (n - 1)) % n
      for (i = 1; i <= ports; i++) print slot " . " keys[i] " : " target[at]
    }
  }' "$part" | sort)
live=$(printf '%s' "$live" | tr -d '\\n\\t' | sed -n 's/.*elements = {\\([^}]*\\)}.*/\\1/p' | tr ',' '\\n' | sed 's/^ *//; s/ *$//' | sort)
[ "$wanted" != "$live" ] || exit 0
{
  echo "flush map inet $table healthy"
  printf '%s\\n' "$wanted" | sed -n "s/..*/add element inet $table healthy { & }/p"
} | nft -f - || exit
[ -n "$wanted" ] && command -v conntrack > /dev/null || exit 0

# What goes on with an unhealthy target would go on until it times out.
awk -v state="$state" '
  BEGIN { while ((getline line < state) > 0) { split(line, w, " "); ill[w[1]] = w[2] } }
  $5 == "targets" && ill[$13] { print $9, $11, $13 }' "$part" | while read -r protocol port target; do
  case $target in *:*) family=ipv6 ;; *) family=ipv4 ;; esac
  conntrack -D -f "$family" -p "$protocol" --orig-port-dst "$port" --reply-src "$target" > /dev/null 2>&1
done
exit 0
`;

/** Whose targets are looked after. */
interface Looked {
  readonly bridge: string;
  readonly name: string;
  readonly table: string;
  readonly healthCheck: HealthCheck;
  /** The file with the group's elements. */
  readonly part: string;
}

/** A timer and what it starts: no program stays between two looks. */
export function renderHealth({ bridge, name, table, healthCheck, part }: Looked): Plan {
  const { port, periodSeconds, timeoutSeconds, failureThreshold, successThreshold } = healthCheck;
  const unit = `kvmnet-health-${bridge}:${name}`;
  const [service, timer] = [`/etc/systemd/system/${unit}.service`, `/etc/systemd/system/${unit}.timer`];
  return {
    [`shared file ${script}`]: healthScript,
    [`file ${service}`]: textOf([
      header,
      "[Unit]",
      `Description=Look at the targets of forward ${name} of ${bridge}`,
      "After=kvmnet-nft.service",
      `PartOf=${unit}.timer`,
      "CollectMode=inactive-or-failed",
      "StartLimitIntervalSec=0",
      "",
      "[Service]",
      "Type=oneshot",
      `ExecStart=/bin/sh ${script} ${table} ${port} ${timeoutSeconds} ${failureThreshold} ${successThreshold}`,
      // A look that is broken off since the timer was stopped has not failed: systemd would list it so after its file is gone.
      "SuccessExitStatus=SIGTERM",
      // Else the journal had three lines for each look.
      "LogLevelMax=notice",
      "RuntimeDirectory=kvmnet",
      "RuntimeDirectoryMode=0700",
      "RuntimeDirectoryPreserve=yes",
      "CapabilityBoundingSet=CAP_NET_ADMIN",
      sandbox.files,
      "ProtectHome=yes",
      sandbox.kernel,
      "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK",
      sandbox.calls,
    ]),
    [`file ${timer}`]: textOf([
      header,
      "[Unit]",
      `Description=Look at the targets of forward ${name} of ${bridge} every ${periodSeconds} s`,
      "",
      "[Timer]",
      "OnActiveSec=0",
      `OnUnitActiveSec=${periodSeconds}`,
      "AccuracySec=100ms",
      "",
      "[Install]",
      "WantedBy=timers.target",
    ]),
    [`unit ${unit}.timer`]: textOf([
      "enabled",
      "active",
      ...[script, service, timer, part].map((path) => `restart on ${path}`),
    ]),
  };
}

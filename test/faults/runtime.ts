import { runtime } from "../../provider/host/runtime.ts";

/** Programs with which the runtime changes a host. */
const PROGRAMS =
  "mv rm rmdir mkdir cp ln ip nft systemctl networkctl sync virsh setsid conntrack cat nmcli ufw iptables dhcpcd";
/** Functions of the runtime that run further ones: by names that no shell function can have, or through another program. */
const RUNS = ["kvz_cmd", "kvi_run", "kvp_change"];
/** Where test and runner meet: in memory of its own, so that a full disk does not matter, and gone after a boot. */
export const MEETING = "/dev/shm/fault";

/**
 * Each program that changes the host is a point. At the point whose number is in `at` the runner says who it is through the
 * pipe `hit`, and waits until there is a file `go`, or all of it is gone. Only built-in commands: nothing here may fail for the fault's
 * sake. A unit that puts rules back (`pass`) is no runner, and comes when it likes.
 */
const points = `
KV_VERB=\${1-}
kv_point() {
  [ -e ${MEETING}/at ] && [ "$KV_VERB" != pass ] || return 0
  read -r KV_POINT KV_POINT_AT < ${MEETING}/at || return 0
  KV_POINT=$((KV_POINT + 1))
  echo "$KV_POINT $KV_POINT_AT" > ${MEETING}/at
  [ "$KV_POINT" = "$KV_POINT_AT" ] || return 0
  echo "$$" > ${MEETING}/hit
  while [ ! -e ${MEETING}/go ] && [ -e ${MEETING}/at ]; do command sleep 0.01; done
}
# What only asks something is none.
kv_told() {
  case " $* " in
    *' show '*|*' -o '*|*' list '*|*' get '*|*' -C '*|*is-active*|*dumpxml*|*domstate*|*--get-*|*--state*) ;;
    *) kv_point ;;
  esac
}
for kv_program in ${PROGRAMS}; do
  command -v "$kv_program" > /dev/null || continue
  eval "$kv_program() { kv_told \\"\\$@\\"; command $kv_program \\"\\$@\\"; }"
done
for kv_function in ${RUNS.join(" ")}; do
  eval "$kv_function() { kv_told \\"\\$@\\"; plain_$kv_function \\"\\$@\\"; }"
done
`;

/** The product's own runtime, with a place to stop at before each command that changes the host. */
export function pointedRuntime(): { path: string; text: string } {
  const { text, version } = runtime();
  const end = "# main.sh:";
  const [body = "", main] = text.split(end);
  if (main === undefined) throw new Error(`the runtime has no part that begins with "${end}"`);
  return { path: `/run/kvmnet/runtime-${version}.sh`, text: `${RUNS.reduce(renamed, body)}${points}${end}${main}` };
}

/** With the function under another name, for one to take its place. */
function renamed(text: string, name: string): string {
  const defined = `\n${name}() {`;
  if (!text.includes(defined)) throw new Error(`the runtime has no function ${name}`);
  return text.replace(defined, `\nplain_${name}() {`);
}

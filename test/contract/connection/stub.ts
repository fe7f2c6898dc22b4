/** A runtime that keeps to the protocol and does nothing else, to test what brings requests to it. */
import { randomBytes } from "node:crypto";
import type { Runtime } from "../../../provider/host/runtime.ts";
import type { Member } from "../../../provider/plan/request.ts";

/**
 * Answers that each member is fine; a request that it has answered before is not done again. What it did is a line each
 * in /run/kvmnet-stub/log. `before` is shell that runs before a request is done, with its id as $1.
 */
export function stubRuntime(before = ""): Runtime {
  return {
    version: `test-${randomBytes(6).toString("hex")}`,
    text: `kvmnet_request() {
  printf 'KVMNET-BEGIN %s\\n' "$1"
  mkdir -p /run/kvmnet-stub
  if [ ! -e "/run/kvmnet-stub/$1" ]; then
    cat > "/run/kvmnet-stub/$1.request"
    if [ "$(tail -n 1 "/run/kvmnet-stub/$1.request")" = ">end $1" ]; then
      ${before || ":"}
      echo "$1 $(grep -c '^>member' "/run/kvmnet-stub/$1.request")" >> /run/kvmnet-stub/log
      awk 'NR == 1 { print; print ">host stub" }
        /^>member / { member = $2; print $0 " ok" }
        /^>read / { print ">read " reads[member]++; print "|" ssh "|" path "|" user }
        /^>facts/ { facts = 1 }
        /^>end / { if (facts) { print ">fact machine-id"; print "|stub" } print }' \\
        ssh="$KVMNET_SSH" path="$PATH $LC_ALL $(umask) $(pwd)" user="$(id -un)" \\
        "/run/kvmnet-stub/$1.request" > "/run/kvmnet-stub/$1.new"
      mv "/run/kvmnet-stub/$1.new" "/run/kvmnet-stub/$1"
    fi
  else
    cat > /dev/null
  fi
  cat "/run/kvmnet-stub/$1"
  printf 'KVMNET-END %s\\n' "$1"
}
`,
  };
}

/** A member that asks for one reading. */
export function member(owner = "urn:pulumi:test::lab::x::y", text?: string): Member {
  const put = text === undefined ? [] : ["file /tmp/x"];
  return {
    owner,
    nonce: "nonce",
    adopt: false,
    change: { put, drop: [], touch: [] },
    texts: text === undefined ? {} : { "file /tmp/x": text },
    expects: [],
    reads: [["addresses"]],
  };
}

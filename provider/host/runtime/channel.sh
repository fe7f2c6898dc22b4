# channel.sh: what the client's long-lived shell sources. It only starts runners and prints their reports.
# KVMNET_VERSION is set on the line above (runtime.ts puts it there). Runs under dash, bash and busybox ash.

KV_RUN=/run/kvmnet         # gone after a boot: lock, runtime, reports
KV_LIB=/var/lib/kvmnet     # registry, journal, undo
KV_KINDS='file private sysctl forewarn link port address ifupdown networkmanager ruleset elements ufw firewalld docker nftables iptables notify unit network nic'
KV_MANY=' elements '       # of these many are done at once
KV_SECRET=' private '      # their texts are kept nowhere but in the object itself
KV_TAB=$(printf '\t')
KV_NL='
'

# kvmnet_request ID < REQUEST: prints KVMNET-BEGIN ID, the report, KVMNET-END ID. A request whose report exists is not run
# again, so a client that lost its connection sends the same request once more and gets the answer of the first.
kvmnet_request() {
  printf 'KVMNET-BEGIN %s\n' "$1"
  case $1 in
    '' | -* | *[!A-Za-z0-9-]*) ;;
    *)
      if [ ! -e "$KV_RUN/tx/$1.report" ]; then
        # The runner reads the request itself: complete it runs to its end whatever becomes of this channel, cut short it
        # does nothing. The subshell makes it no leader of a process group (under `sh -m`), or setsid would not wait.
        (
          umask 077
          [ -d "$KV_RUN/tx" ] || mkdir -p "$KV_RUN/tx"
          setsid sh "$KV_RUN/runtime-$KVMNET_VERSION.sh" run "$1" > /dev/null 2> "$KV_RUN/tx/$1.err"
          exit 0
        )
      fi
      if [ -e "$KV_RUN/tx/$1.report" ]; then
        cat "$KV_RUN/tx/$1.report"
        # A question may be asked twice, and its answer may be a secret.
        IFS= read -r KV_LINE < "$KV_RUN/tx/$1.report"
        case $KV_LINE in '>query '*) rm -f "$KV_RUN/tx/$1.report" "$KV_RUN/tx/$1.err" ;; esac
      else
        # Without room even the reason could not be written.
        cat "$KV_RUN/tx/$1.err" 2> /dev/null
        [ -s "$KV_RUN/tx/$1.err" ] || kv_unwritable
      fi
      ;;
  esac
  printf 'KVMNET-END %s\n' "$1"
}

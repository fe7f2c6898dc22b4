# main.sh: run as a program, not sourced by a channel.
case $0 in
  */runtime*.sh)
    case ${1-} in
      run) kv_run "$2" ;;
      recover-boot) kv_recover_boot ;;
      revert) shift && kv_revert_due "$@" ;;
      pass) kv_pass "$2" "$3" ;;
      *)
        echo "usage: $0 recover-boot" >&2
        exit 2
        ;;
    esac
    exit
    ;;
esac

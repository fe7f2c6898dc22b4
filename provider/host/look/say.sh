# say.sh: the words in which the host is described. This program reads: it writes no file, changes nothing, and installs
# nothing. A fact is `>fact NAME` and its lines, each behind a `|`, as in a report of the runtime.

say() { printf '>fact %s\n' "$*"; }

# Not sed: a last line without its end would run into what follows.
content() { LC_ALL=C awk '{ print "|" $0 }'; }

has() { command -v "$1" > /dev/null; }

# bounded SECONDS COMMAND…: nothing that hangs may keep the answer back.
bounded() {
  if has timeout; then
    timeout "$@"
  else
    shift
    "$@"
  fi
}

# fact NAME COMMAND…: what the command prints, and what it says when it fails.
fact() {
  say "$1"
  shift
  { "$@" 2>&1 || echo "failed: $?"; } | content
}

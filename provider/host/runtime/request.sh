# request.sh: takes a request apart, in one awk, into files of the work directory ($KV_W):
#   request         MODE MEMBERS
#   N.meta          owner, encoded owner, hash of the owner, nonce, `adopt` or `-`, seconds to confirm in or `-`, and the first
#                   three of the URN that the owner had before, or empty: one a line
#   age             seconds since it was first sent, if this is not the first time
#   N.pending       the request that is confirmed
#   N.ops           SEQ VERB SHARED KIND ENCODED NAME, separated by tabs (names hold no control characters)
#   N.SEQ.text      what the operation wants
#   N.eI, N.rI      words of the Ith expectation or read, one a line
#   N.reads         all its reads, one a line, words separated by tabs
#   N.facts         exists when facts are asked for
#   N.standing      beginning of the URNs whose objects are asked for
# An encoded name is safe as a file name: percent-encoded, long ones cut and made unique by a hash.

kv_parse() {
  awk -v dir="$KV_W" -v id="$KV_ID" -v kinds="$KV_KINDS" '
    function hash(s, by,   i, h) {
      h = length(s)
      for (i = 1; i <= length(s); i++) h = (h * by + ord[substr(s, i, 1)]) % 2147483629
      return sprintf("%08x", h)
    }
    # A dot may not begin a word: files that begin with one are not seen by the wildcards of nft and of the shell.
    function enc(s,   i, c, o, before) {
      before = " "
      for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        o = o ((c ~ /[A-Za-z0-9_@:,=+-]/ || (c == "." && before != " " && before != "/")) ? c : sprintf("%%%02X", ord[c]))
        before = c
      }
      return length(o) <= 180 ? o : substr(o, 1, 150) "~" hash(s, 31) hash(s, 131)
    }
    function open(name) { if (out != "") close(out); out = dir "/" name; printf "" > out }
    function put(name, text) { print text > (dir "/" name); close(dir "/" name) }
    function words(name, text,   n, i, w, all) {
      n = split(text, w, "\t")
      for (i = 1; i <= n; i++) all = all w[i] (i < n ? "\n" : "")
      put(name, all)
    }
    function operation(verb, key,   shared, space, kind) {
      shared = sub(/^shared /, "", key)
      space = index(key, " ")
      kind = substr(key, 1, space - 1)
      if (!(kind in known) || space == length(key)) { verb = "bad"; kind = "-" }
      seq++
      ops = ops seq "\t" verb "\t" shared "\t" kind "\t" enc(key) "\t" (kind == "-" ? key : substr(key, space + 1)) "\n"
      open(member "." seq ".text")
    }
    function names(urn) { return urn "\n" enc(urn) "\n" hash(urn, 31) hash(urn, 131) "\n" }
    function finish() {
      if (member < 0) return
      put(member ".meta", names(owner) nonce "\n" adopt "\n" confirm "\n" names(formerly))
      printf "%s", ops > (dir "/" member ".ops"); close(dir "/" member ".ops")
      if (reads) put(member ".reads", asked)
    }
    BEGIN {
      for (i = 1; i < 256; i++) ord[sprintf("%c", i)] = i
      count = split(kinds, list, " ")
      for (i = 1; i <= count; i++) known[list[i]] = 1
      member = -1
    }
    { whole = 0 }
    NR == 1 { mode = $0 == ">tx " id ? "tx" : $0 == ">query " id ? "query" : $0 == ">confirm " id ? "confirm" : ""; if (mode == "") exit; next }
    /^\|/ { if (out != "") print substr($0, 2) > out; next }
    $0 == ">end " id { whole = 1; next }
    {
      space = index($0, " ")
      verb = space ? substr($0, 2, space - 2) : substr($0, 2)
      rest = space ? substr($0, space + 1) : ""
      if (out != "") { close(out); out = "" }
    }
    verb == "age" && rest ~ /^[0-9]+$/ { put("age", rest) }
    verb == "member" {
      finish()
      if (rest != ++member "") { mode = ""; exit }
      owner = ""; formerly = ""; nonce = ""; adopt = "-"; confirm = "-"; ops = ""; seq = 0; expects = 0; reads = 0
    }
    verb == "owner" { owner = rest }
    verb == "formerly" { formerly = rest }
    verb == "nonce" { nonce = rest }
    verb == "adopt" { adopt = "adopt" }
    verb == "confirm" && rest ~ /^[1-9][0-9]?[0-9]?$/ { confirm = rest }
    verb == "pending" { put(member ".pending", rest) }
    verb == "put" || verb == "touch" || verb == "drop" || verb == "observe" { operation(verb, rest) }
    verb == "expect" { words(member ".e" expects++, rest) }
    verb == "read" { asked = (reads ? asked "\n" : "") rest; words(member ".r" reads++, rest) }
    verb == "facts" { put(member ".facts", "") }
    verb == "standing" { put(member ".standing", rest) }
    END {
      finish()
      if (mode == "" || !whole) exit 3
      print mode, member + 1
    }
  '
}

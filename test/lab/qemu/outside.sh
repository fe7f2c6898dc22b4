# Answers one HTTP request on standard input with the text $1: the "outside" at 10.0.2.100 of a lab host.
cr=$(printf '\r')
while IFS= read -r line && [ "$line" != "$cr" ]; do :; done
printf 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n%s\n' "$1"

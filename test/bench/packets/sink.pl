# A server that takes what it is sent by TCP, connection after connection, and says so at the end of each.
# Usage: perl - PORT. It listens when it has ended: its child serves.
use strict;
use warnings;
use Socket;

my ($port) = @ARGV;
socket my $server, PF_INET, SOCK_STREAM, 0 or die "$!\n";
setsockopt $server, SOL_SOCKET, SO_REUSEADDR, 1;
bind $server, pack_sockaddr_in($port, INADDR_ANY) or die "tcp port $port: $!\n";
listen $server, 8;
exit if fork;
open STDIN, "<", "/dev/null";
open STDOUT, ">", "/dev/null";
open STDERR, ">", "/dev/null";
$SIG{PIPE} = "IGNORE";
while (accept my $client, $server) {
  1 while sysread $client, my $words, 1048576;
  syswrite $client, ".";
  close $client;
}

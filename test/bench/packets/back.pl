# A server that sends each datagram back as it came. Usage: perl - PORT. It listens when it has ended: its child serves.
use strict;
use warnings;
use Socket;

my ($port) = @ARGV;
socket my $server, PF_INET, SOCK_DGRAM, 0 or die "$!\n";
bind $server, pack_sockaddr_in($port, INADDR_ANY) or die "udp port $port: $!\n";
exit if fork;
open STDIN, "<", "/dev/null";
open STDOUT, ">", "/dev/null";
open STDERR, ">", "/dev/null";
while (1) {
  my $from = recv $server, my $words, 65536, 0 or next;
  send $server, $words, 0, $from;
}

# Opens new flows at a steady pace, a datagram and its answer each, until the file STOP is there and LEAST were opened. Prints
# how many there were, and how many of them had no answer within a second.
# Usage: perl - HOST FIRST_PORT PORTS PER_SECOND LEAST STOP
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;

my ($host, $port, $ports, $pace, $least, $stop) = @ARGV;
my ($sent, $lost) = (0, 0);
until ($sent >= $least && -e $stop) {
  my $socket = IO::Socket::IP->new(Proto => "udp", PeerHost => $host, PeerPort => $port + $sent++ % $ports) or die "$@\n";
  send $socket, "ping\n", 0;
  $lost++ unless IO::Select->new($socket)->can_read(1) && defined recv $socket, my $answer, 65536, 0;
  select undef, undef, undef, 1 / $pace;
}
print "$sent $lost";

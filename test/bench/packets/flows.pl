# Sends a datagram from each of COUNT new sockets, so that each is a new flow, and waits for its answer. Prints how long all
# took, in seconds; fails when an answer does not come.
# Usage: perl - HOST PORT COUNT
use strict;
use warnings;
use IO::Socket::IP;

# To a hundredth of a second: the image's perl has no finer clock.
sub now { open my $uptime, "<", "/proc/uptime" or die "$!\n"; return (split " ", <$uptime>)[0] }

my ($host, $port, $count) = @ARGV;
$SIG{ALRM} = sub { die "no answer\n" };
my $began = now;
for (1 .. $count) {
  my $socket = IO::Socket::IP->new(Proto => "udp", PeerHost => $host, PeerPort => $port) or die "$@\n";
  alarm 5;
  send $socket, "ping\n", 0;
  defined recv $socket, my $answer, 65536, 0 or die "$!\n";
}
print now() - $began;

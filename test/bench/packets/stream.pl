# Sends BYTES over one TCP connection and waits until the server has had them all. Prints how long that took, in seconds.
# Usage: perl - HOST PORT BYTES
use strict;
use warnings;
use Socket;

# The image's perl has no clock finer than a second.
sub now { return `date +%s.%N` }

my ($host, $port, $left) = @ARGV;
$SIG{ALRM} = sub { die "no end\n" };
socket my $socket, PF_INET, SOCK_STREAM, 0 or die "$!\n";
connect $socket, pack_sockaddr_in($port, inet_aton($host)) or die "$!\n";
my $piece = "x" x 262144;
my $began = now;
alarm 60;
while ($left > 0) {
  $left -= syswrite($socket, $piece, $left < length $piece ? $left : length $piece) // die "$!\n";
}
shutdown $socket, 1;
sysread $socket, my $word, 1 or die "no word from the server\n";
print now() - $began;

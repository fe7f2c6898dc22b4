# Sends COUNT datagrams over one flow and waits for their answers, AT_ONCE on their way at a time. Prints how long all took, in
# seconds; fails when an answer does not come.
# Usage: perl - HOST PORT COUNT AT_ONCE
use strict;
use warnings;
use Socket;

# The image's perl has no clock finer than a second.
sub now { return `date +%s.%N` }

my ($host, $port, $count, $at_once) = @ARGV;
$SIG{ALRM} = sub { die "no answer\n" };
socket my $socket, PF_INET, SOCK_DGRAM, 0 or die "$!\n";
connect $socket, pack_sockaddr_in($port, inet_aton($host)) or die "$!\n";
my $began = now;
for (my $left = $count; $left > 0; $left -= $at_once) {
  my $some = $left < $at_once ? $left : $at_once;
  for (1 .. $some) { send $socket, "ping\n", 0 or die "$!\n" }
  alarm 5;
  for (1 .. $some) { defined recv $socket, my $answer, 64, 0 or die "$!\n" }
}
print now() - $began;

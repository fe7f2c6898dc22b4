# Sends a datagram from each of COUNT new sockets, so that each is a new flow, and waits for its answer; AT_ONCE of them are on
# their way at a time. Prints how long all took, in seconds; fails when an answer does not come.
# Usage: perl - HOST PORT COUNT AT_ONCE
use strict;
use warnings;
use Socket;

# The image's perl has no clock finer than a second.
sub now { return `date +%s.%N` }

my ($host, $port, $count, $at_once) = @ARGV;
my $server = pack_sockaddr_in($port, inet_aton($host));
$SIG{ALRM} = sub { die "no answer\n" };
# A port of its own for each: the kernel might give one again whose flow it still knows.
my $own = 1024;
my $began = now;
for (my $left = $count; $left > 0; $left -= $at_once) {
  my @waiting;
  for (1 .. ($left < $at_once ? $left : $at_once)) {
    socket my $socket, PF_INET, SOCK_DGRAM, 0 or die "$!\n";
    bind $socket, pack_sockaddr_in($own++, INADDR_ANY) or die "$!\n";
    connect $socket, $server or die "$!\n";
    send $socket, "ping\n", 0 or die "$!\n";
    push @waiting, $socket;
  }
  alarm 5;
  for my $socket (@waiting) { defined recv $socket, my $answer, 64, 0 or die "$!\n" }
}
print now() - $began;

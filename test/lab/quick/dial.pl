# Sends a line to a server and prints the first line of its answer; fails if there is none in time. bash's /dev/udp reads a
# datagram byte by byte, of which it then gets one.
# Usage: perl - PROTOCOL HOST PORT SECONDS
use strict;
use warnings;
use IO::Socket::IP;

my ($protocol, $host, $port, $seconds) = @ARGV;
$SIG{ALRM} = sub { die "no answer\n" };
alarm $seconds;
my $server = IO::Socket::IP->new(Proto => $protocol, PeerHost => $host, PeerPort => $port) or die "$@\n";
send $server, "ping\n", 0;
defined recv $server, my $answer, 65536, 0 or die "$!\n";
die "no answer\n" if $answer eq "";
print $answer =~ /^(.*)/;

# Asks a DNS server for the IPv4 address of a name and prints it; fails if there is none in time.
# Usage: perl - PROTOCOL SERVER NAME
use strict;
use warnings;
use IO::Socket::IP;

my ($protocol, $server, $name) = @ARGV;
$SIG{ALRM} = sub { die "no answer\n" };
alarm 3;
my $question = join "", map { pack "C/a*", $_ } split /\./, $name;
my $query = pack("n6", 4711, 0x0100, 1, 0, 0, 0) . $question . "\0" . pack "n2", 1, 1;
my $socket = IO::Socket::IP->new(Proto => $protocol, PeerHost => $server, PeerPort => 53) or die "$@\n";
syswrite $socket, $protocol eq "tcp" ? pack("n/a*", $query) : $query;
defined sysread $socket, my $answer, 65536 or die "$!\n";
length $answer > 12 or die "no answer\n";
print join ".", unpack "C4", substr $answer, -4;

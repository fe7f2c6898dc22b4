# A server that sends back what it is sent by TCP. Usage: perl - PORT. It listens when it has ended: its child serves.
use strict;
use warnings;
use IO::Socket::IP;

my ($port) = @ARGV;
my $server = IO::Socket::IP->new(Listen => 64, ReuseAddr => 1, LocalHost => "::", LocalPort => $port, V6Only => 0)
  or die "tcp port $port: $@\n";
exit if fork;
open STDIN, "<", "/dev/null";
open STDOUT, ">", "/dev/null";
open STDERR, ">", "/dev/null";
$SIG{PIPE} = $SIG{CHLD} = "IGNORE";

while (1) {
  my $client = $server->accept or next;
  next if fork;
  while (sysread $client, my $words, 65536) {
    syswrite $client, $words or exit;
  }
  exit;
}

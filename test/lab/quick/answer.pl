# A server that answers each TCP connection or UDP datagram with the address that it came from, and a name.
# Usage: perl - PROTOCOL ADDRESS PORT NAME. It listens when it has ended: its child serves.
use strict;
use warnings;
use IO::Socket::IP;
use Socket qw(getnameinfo NI_NUMERICHOST NIx_NOSERV);

my ($protocol, $address, $port, $name) = @ARGV;
my @listen = $protocol eq "tcp" ? (Listen => 64, ReuseAddr => 1) : ();
my $server = IO::Socket::IP->new(Proto => $protocol, LocalHost => $address, LocalPort => $port, V6Only => 0, @listen)
  or die "$protocol port $port: $@\n";
exit if fork;
open STDIN, "<", "/dev/null";
open STDOUT, ">", "/dev/null";
open STDERR, ">", "/dev/null";
$SIG{PIPE} = $SIG{CHLD} = "IGNORE";

sub greeting {
  my ($error, $from) = getnameinfo(shift, NI_NUMERICHOST, NIx_NOSERV);
  return "$error $name\n" if $error;
  $from =~ s/^::ffff://;
  return "$from $name\n";
}
while ($protocol eq "udp") {
  my $from = recv($server, my $data, 65536, 0) or next;
  send($server, greeting($from), 0, $from);
}
while (1) {
  my $client = $server->accept or next;
  next if fork;
  print $client greeting(getpeername($client));
  # Closing with the client's words unread would reset the connection, and the answer might be lost.
  $client->flush;
  shutdown $client, 1;
  alarm 10;
  1 while sysread $client, my $words, 4096;
  exit;
}

# Sends over one TCP connection to a server that sends it back, all the time, and keeps a file of how far it is.
# Usage: perl - HOST PORT FILE. It is connected when it has ended: its child sends. FILE: `PID BYTES`, then why it was lost, if so.
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;

my ($host, $port, $file) = @ARGV;
my $server = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Timeout => 3) or die "$@\n";
my ($piece, $bytes, $silent) = ("x" x 4096, 0, 8);

sub note {
  open my $out, ">", "$file.new" or die;
  print $out join(" ", $$, $bytes, @_), "\n";
  close $out;
  rename "$file.new", $file;
}
sub lost {
  note(@_);
  exit;
}
exit if fork;
note();
open STDIN, "<", "/dev/null";
open STDOUT, ">", "/dev/null";
open STDERR, ">", "/dev/null";
$SIG{PIPE} = "IGNORE";
my $select = IO::Select->new($server);
while (1) {
  syswrite $server, $piece or lost("$!");
  my $back = 0;
  while ($back < length $piece) {
    $select->can_read($silent) or lost("nothing came back for $silent s");
    my $count = sysread $server, my $words, 65536;
    lost(defined $count ? "closed" : "$!") unless $count;
    $back += $count;
  }
  $bytes += $back;
  note();
  select undef, undef, undef, 0.01;
}

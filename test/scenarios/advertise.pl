# Sends a router advertisement to all nodes on an interface: default router for half an hour, and a prefix.
# Usage: perl - INTERFACE PREFIX
use strict;
use warnings;
use Socket qw(:DEFAULT AF_INET6 IPPROTO_ICMPV6 IPPROTO_IPV6 IPV6_MULTICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_LOOP inet_pton pack_sockaddr_in6);

my ($interface, $prefix) = @ARGV;
open my $file, "<", "/sys/class/net/$interface/ifindex" or die "$interface: $!\n";
my $index = <$file>;
socket my $socket, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 or die "$!\n";
# A router's neighbours are its own: others' packets would have a smaller hop limit.
setsockopt $socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, pack("i", 255) or die "$!\n";
setsockopt $socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, pack("i", $index) or die "$!\n";
# Who advertises itself takes no address from that.
setsockopt $socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, pack("i", 0) or die "$!\n";
my $advertisement = pack("CCnCCnNN", 134, 0, 0, 64, 0, 1800, 0, 0);
my $information = pack("CCCCNNN", 3, 4, 64, 0xc0, 86400, 14400, 0) . inet_pton(AF_INET6, $prefix);
send $socket, $advertisement . $information, 0, pack_sockaddr_in6(0, inet_pton(AF_INET6, "ff02::1"), $index) or die "$!\n";

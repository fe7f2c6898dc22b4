import type { Check } from "../finding.ts";
import { acceptRa } from "./accept-ra.ts";
import { bridge } from "./bridge.ts";
import { bridgeAddress } from "./bridge-address.ts";
import { bridgeCarrier } from "./bridge-carrier.ts";
import { bridgeMac } from "./bridge-mac.ts";
import { bridgeNetfilter } from "./bridge-netfilter.ts";
import { bridgePort } from "./bridge-port.ts";
import { conntrack } from "./conntrack.ts";
import { defaultRoute } from "./default-route.ts";
import { defaultRouteTwice } from "./default-route-twice.ts";
import { dhcpGateway } from "./dhcp-gateway.ts";
import { dhcpInput } from "./dhcp-input.ts";
import { dhcpOutput } from "./dhcp-output.ts";
import { dhcpPool } from "./dhcp-pool.ts";
import { dhcpRange } from "./dhcp-range.ts";
import { dhcpReservation } from "./dhcp-reservation.ts";
import { dhcpServer } from "./dhcp-server.ts";
import { dhcpTwice } from "./dhcp-twice.ts";
import { dnsInput } from "./dns-input.ts";
import { dnsServer } from "./dns-server.ts";
import { domainNic } from "./domain-nic.ts";
import { failedUnits } from "./failed-units.ts";
import { flushRuleset } from "./flush-ruleset.ts";
import { forwardBack } from "./forward-back.ts";
import { forwardCaptures } from "./forward-captures.ts";
import { forwardIn } from "./forward-in.ts";
import { forwardLease } from "./forward-lease.ts";
import { forwardOrder } from "./forward-order.ts";
import { forwardOut } from "./forward-out.ts";
import { forwardTarget } from "./forward-target.ts";
import { forwardTwice } from "./forward-twice.ts";
import { forwarder } from "./forwarder.ts";
import { forwarding } from "./forwarding.ts";
import { forwardingKept } from "./forwarding-kept.ts";
import { gateway } from "./gateway.ts";
import { guest } from "./guest.ts";
import { guestDns } from "./guest-dns.ts";
import { guestRoute } from "./guest-route.ts";
import { hostDns } from "./host-dns.ts";
import { hostOutput } from "./host-output.ts";
import { kvmnetJournal } from "./kvmnet-journal.ts";
import { kvmnetObject } from "./kvmnet-object.ts";
import { libvirt } from "./libvirt.ts";
import { libvirtNetwork } from "./libvirt-network.ts";
import { libvirtNetworkEdited } from "./libvirt-network-edited.ts";
import { macTwins } from "./mac-twins.ts";
import { natRule } from "./nat-rule.ts";
import { natTwice } from "./nat-twice.ts";
import { outside } from "./outside.ts";
import { port53 } from "./port-53.ts";
import { portAddress } from "./port-address.ts";
import { portRule } from "./port-rule.ts";
import { routeLocalnet } from "./route-localnet.ts";
import { routeOverlap } from "./route-overlap.ts";
import { wifiPort } from "./wifi-port.ts";

/** The ladder, from its lowest rung: a check comes after those that it needs. */
export const checks: readonly Check[] = [
  ...[failedUnits, libvirt, libvirtNetwork, libvirtNetworkEdited, kvmnetObject, kvmnetJournal],
  ...[bridge, bridgeAddress, wifiPort, portAddress, domainNic, bridgeCarrier, bridgePort, bridgeMac, macTwins],
  ...[defaultRoute, defaultRouteTwice, routeOverlap, gateway, hostOutput, outside],
  ...[forwarding, forwardingKept, guestRoute, conntrack, routeLocalnet, acceptRa],
  ...[natRule, natTwice, forwardOut, forwardOrder, forwardBack, bridgeNetfilter, portRule, flushRuleset],
  ...[forwardTarget, forwardIn, forwardTwice, forwardCaptures],
  ...[dhcpServer, dhcpTwice, dhcpInput, dhcpOutput, dhcpRange, dhcpGateway],
  ...[dhcpPool, dhcpReservation, forwardLease, guest],
  ...[hostDns, port53, dnsServer, dnsInput, forwarder, guestDns],
];

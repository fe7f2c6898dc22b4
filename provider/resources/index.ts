export { bridge } from "./bridge.ts";
export { dnsmasqInstance } from "./dnsmasq-instance.ts";
export { dummyIface } from "./dummy-iface.ts";
export { hostFirewall } from "./host-firewall.ts";
export { libvirtNetwork } from "./libvirt-network.ts";
export { natNetwork } from "./nat-network.ts";
export { portForward } from "./port-forward.ts";
export { vmInterface } from "./vm-interface.ts";

export * from "./bridge.ts";
export * from "./dnsmasq-instance.ts";
export * from "./dummy-iface.ts";
export * from "./host.ts";
export * from "./nat-network.ts";
export * from "./port-forward.ts";
export * from "./resource.ts";
export * from "./vm-interface.ts";

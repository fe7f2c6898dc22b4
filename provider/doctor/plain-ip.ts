/** Checks whose fault means that packets do not get through: whatever fails besides, names are not to blame. */
export const plainIp = {
  /** From the host. */
  host: ["default-route", "route-overlap", "gateway", "host-output", "outside"],
  /** From guests, besides. */
  guest: [
    ...["libvirt-network", "bridge", "bridge-address", "bridge-carrier", "bridge-port", "domain-nic"],
    ...["forwarding", "guest-route", "nat-rule", "forward-out", "forward-order", "forward-back"],
  ],
} as const;

/** What the product knows of a host before it plans: read-only, gathered in one request (`provider/host/facts.ts`). */
export interface Facts {
  /** `/etc/machine-id`: which machine this is, whatever it is called. */
  readonly machineId: string;
  /** Who owns the host's uplink, hence where links are kept. */
  readonly links: LinkBackend;
  readonly firewall: FirewallBackend;
  /** Interfaces with a default route. */
  readonly uplinks: readonly { readonly name: string; readonly wireless: boolean }[];
  readonly addresses: readonly { readonly link: string; readonly address: string }[];
  /** Without the default route. */
  readonly routes: readonly { readonly link: string; readonly prefix: string }[];
  /** The SSH connection as the host sees it; absent when sudo hid it. */
  readonly ssh?: { readonly clientAddress: string; readonly serverAddress: string; readonly serverPort: number };
  /** Of the programs that the product can use, those installed, such as `nft`, `dnsmasq`, `virsh`. */
  readonly programs: readonly string[];
  /** A dnsmasq that serves the whole system is enabled, and needs a drop-in beside ours. */
  readonly systemDnsmasq: boolean;
}

export type LinkBackend = "networkd" | "networkmanager" | "ifupdown" | "systemd";
export type FirewallBackend = "nftables" | "iptables";

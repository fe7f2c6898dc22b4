import type { Link } from "../model/nouns/link.ts";
import type { Noun } from "../model/nouns/noun.ts";
import type { Found } from "../model/resource.ts";
import type { Plan } from "../plan/plan.ts";
import { renderDhcp, renderReservation } from "./dnsmasq/dhcp.ts";
import { renderLibvirtNetwork, renderNic } from "./libvirt.ts";
import { ifupdownLink } from "./links/ifupdown.ts";
import { networkdLink } from "./links/networkd.ts";
import { networkmanagerLink } from "./links/networkmanager.ts";
import { systemdLink } from "./links/systemd.ts";
import { unmanaged } from "./links/unmanaged.ts";
import { renderForward } from "./nftables/forward.ts";
import { renderGroup } from "./nftables/group.ts";
import { renderGuestPolicy } from "./nftables/guest-policy.ts";
import { renderHostPolicy } from "./nftables/host-policy.ts";
import { renderIntercept } from "./nftables/intercept.ts";
import { renderNat } from "./nftables/nat.ts";
import { renderPass } from "./pass.ts";

/** Turns nouns into the objects of a host. Which backend keeps links is what was found on the host. */
export function render(nouns: readonly Noun[], found: Found): Plan {
  return Object.assign({}, ...nouns.map((noun) => renderOne(noun, found)));
}

/** Who can keep a link; where nobody else does, a unit of ours. */
const links: Readonly<Record<string, (link: Link) => Plan>> = {
  networkd: networkdLink,
  ifupdown: ifupdownLink,
  networkmanager: networkmanagerLink,
};

function renderOne(noun: Noun, found: Found): Plan {
  switch (noun.noun) {
    case "link":
      return Object.assign(
        (links[found.backend ?? ""] ?? systemdLink)(noun),
        ...(found.unmanagedBy ?? []).map((manager) => unmanaged(noun, manager)),
      );
    case "nat":
      return renderNat(noun);
    case "pass":
      return renderPass(noun);
    case "host-policy":
      return renderHostPolicy(noun);
    case "guest-policy":
      return renderGuestPolicy(noun);
    case "forward":
      return renderForward(noun);
    case "group":
      return renderGroup(noun);
    case "intercept":
      return renderIntercept(noun);
    case "dhcp":
      return renderDhcp(noun, found.systemDnsmasq === true);
    case "reservation":
      return renderReservation(noun);
    case "libvirt-network":
      return renderLibvirtNetwork(noun);
    case "nic":
      return renderNic(noun);
  }
}

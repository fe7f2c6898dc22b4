import type { Nat } from "../../model/nouns/nat.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";

const directory = "/etc/sysctl.d";

/** Has the host route for a network: now, and after a reboot. */
export function forwarding({ mode, ipv4Cidr, ipv6Cidr, acceptRa }: Nat): Plan {
  if (mode === "isolated") return {};
  return {
    ...(ipv4Cidr && kept("kvmnet", "net.ipv4.ip_forward", "1")),
    // A router takes no advertisements and forgets the routes that it has from them, unless told otherwise beforehand.
    ...(ipv6Cidr &&
      Object.assign({}, ...acceptRa.map(goesOn), kept("kvmnet-ipv6", "net.ipv6.conf.all.forwarding", "1"))),
  };
}

/** By slashes: an interface's name may have dots (sysctl.d(5)). */
function goesOn(link: string): Plan {
  return kept(`kvmnet-accept-ra-${link}`, `net/ipv6/conf/${link}/accept_ra`, "2");
}

function kept(file: string, key: string, value: string): Plan {
  return {
    [`shared sysctl ${key}`]: textOf([value]),
    [`shared file ${directory}/90-${file}.conf`]: textOf([header, `${key} = ${value}`]),
  };
}

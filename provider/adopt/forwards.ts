import { forwardsOf, forwardText, type Leading } from "../doctor/forwards.ts";
import { type Network, prefixesOf } from "../doctor/networks.ts";
import { ownerOf } from "../doctor/owner.ts";
import { within } from "../doctor/packets/addresses.ts";
import { fates, inPorts, type Packet } from "../doctor/packets/walk.ts";
import type { Listener } from "../doctor/picture/programs.ts";
import type { Scene } from "../doctor/scene.ts";
import { interfaceName } from "../model/values/name.ts";
import { type Declaration, nothing, type Part } from "./declaration.ts";

/** Far away, and never reached: rules are asked about it. */
const FAR = "8.8.8.8";

/** Ports of the host that rules by hand lead to guests of a network. */
export function portForwardsOf(scene: Scene, network: Network, nat: Declaration): Part {
  const part = nothing();
  const groups = new Map<string, Leading[]>();
  const taken = new Set<string>();
  for (const leading of forwardsOf(scene)) {
    const { forward, place } = leading;
    if (!prefixesOf(network).some((prefix) => within(forward.to, prefix))) continue;
    if (place.table.name.includes("kvmnet") || ownerOf(place).name === "Docker") continue;
    const reason =
      whyNot(scene, network, leading) ?? (isTaken(taken, leading) ? "an earlier rule has that port." : undefined);
    if (reason !== undefined) {
      part.left.push(`forward ${forwardText(leading)}: ${reason}`);
      continue;
    }
    const key = JSON.stringify([forward.to, forward.listen, sourcesOf(leading), forward.in]);
    groups.set(key, [...(groups.get(key) ?? []), leading]);
  }
  const names = new Set<string>();
  for (const group of groups.values()) part.declarations.push(declared(scene, network, nat, group, names));
  return part;
}

/** Why a forward cannot be said in a program. */
function whyNot({ picture, uplinks }: Scene, network: Network, leading: Leading): string | undefined {
  const { forward, place } = leading;
  const { protocol, port, targetPort } = forward;
  if (protocol !== "tcp" && protocol !== "udp") return "it is for any protocol, and a PortForward is for tcp and udp.";
  if (port === "") return "it is for all ports, and a PortForward names them.";
  if (port.includes("-") && targetPort !== "" && targetPort !== port)
    return "how its ports answer to each other is not known.";
  const heard = picture.listeners.find((one) => hears(one, forward));
  if (heard)
    return `${heard.program || "a program"} listens on ${protocol} ${heard.address}:${heard.port} of the host as well.`;
  const conditions = place.rule?.conditions ?? [];
  const known = ["in", "from", "to", "protocol", "toPort", "toType", "state"];
  if (conditions.some((one) => !known.includes(one.field) || ("is" in one && !one.is && one.field !== "in"))) {
    return "its rule asks for more than a PortForward can.";
  }
  const packet: Packet = {
    ...{
      in: forward.in.find((name) => !name.includes("*")) ?? uplinks[0] ?? "",
      out: network.bridge,
      from: sourceIn(leading),
    },
    ...{ to: forward.to, protocol, fromPort: 40000, toPort: Number((targetPort || port).split("-")[0]) },
    ...{ state: "new", dnat: true, local: false },
  };
  const fate = fates(picture.tables, "forward", packet).find(({ verdict }) => verdict !== "accept");
  if (!fate) return undefined;
  const rule = fate.place?.rule?.text ?? `the policy of ${fate.place?.chain.name ?? "a chain"}`;
  return fate.verdict === "drop" ? `it leads nowhere: ${rule} drops it.` : "whether it is let through is not known.";
}

/** A PortForward is refused then: only one of the two would have the port. */
function hears({ protocol, address, port }: Listener, forward: Leading["forward"]): boolean {
  if (protocol !== forward.protocol || !inPorts(port, forward.port) || address.startsWith("127.")) return false;
  return forward.listen === "" || ["0.0.0.0", "*", "::", forward.listen].includes(address);
}

function isTaken(taken: Set<string>, { forward: { protocol, port, listen } }: Leading): boolean {
  const key = `${protocol} ${listen} ${port}`;
  if (taken.has(key)) return true;
  taken.add(key);
  return false;
}

function sourcesOf({ place }: Leading): string[] {
  return (place.rule?.conditions ?? []).flatMap((one) => (one.field === "from" ? one.among : []));
}

/** Some address that the forward is for. */
function sourceIn(leading: Leading): string {
  return (sourcesOf(leading)[0] ?? FAR).split(/[/-]/)[0] ?? FAR;
}

function declared(
  { picture, uplinks }: Scene,
  network: Network,
  nat: Declaration,
  group: readonly Leading[],
  names: Set<string>,
): Declaration {
  const [first] = group as [Leading, ...Leading[]];
  const { to, listen } = first.forward;
  const sources = sourcesOf(first);
  const from = first.forward.in;
  const only = group.every(({ forward }) => forward.protocol === first.forward.protocol)
    ? first.forward.protocol
    : undefined;
  const reserved = picture.dnsmasqs.flatMap(({ reservations }) => reservations).find(({ address }) => address === to);
  const outside = from.length > 0 || (first.place.rule?.conditions ?? []).some((one) => one.field === "in");
  // By the host's uplinks is from outside; by others, by those alone.
  const others = from.join() !== uplinks.join() && from.every((link) => interfaceName.safeParse(link).success);
  const name = unique(reserved?.hostname || `${network.bridge}-${to.replaceAll(".", "-")}`, names);
  return {
    ...{ type: "PortForward", name, passes: { network: nat } },
    unpacked: { network: network.bridge, gateways: network.has.map(({ address, length }) => `${address}/${length}`) },
    args: {
      target: to,
      ports: group.map(({ forward }) => portArgument(forward, only)),
      ...(only !== undefined && only !== "tcp" && { protocol: only }),
      ...(listen !== "" && { listenAddresses: [listen] }),
      ...(sources.length > 0 && { sourceRanges: sources }),
      ...(from.length && others ? { listenInterfaces: from } : outside && { reachableFrom: ["lan"] }),
    },
    notes:
      from.length && !others && from.join() !== uplinks.join()
        ? [`By hand it was for what comes in by ${from.join(", ")}; here it is for all but the network's own guests.`]
        : [],
  };
}

function portArgument({ protocol, port, targetPort }: Leading["forward"], only: string | undefined): unknown {
  const number = (text: string) => (text.includes("-") ? text : Number(text));
  const other = targetPort !== "" && targetPort !== port;
  if (!other && only !== undefined) return number(port);
  return {
    port: number(port),
    ...(other && { targetPort: number(targetPort) }),
    ...(only === undefined && { protocol }),
  };
}

function unique(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let count = 2; names.has(name); count++) name = `${wanted}-${count}`;
  names.add(name);
  return name;
}

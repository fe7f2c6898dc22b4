import type { Chain, Table } from "./packets/rule.ts";
import type { Picture } from "./picture/picture.ts";
import type { Registered } from "./picture/registry.ts";

type Look = (bridge: string, text: readonly string[], tables: readonly Table[]) => string | undefined;

/** What is not as it was, of an entry in another firewall; undefined when nothing is, or it cannot be seen. */
export function passFault({ kind, name, text }: Registered, { tables, unseen }: Picture): string | undefined {
  const look = Object.hasOwn(looks, kind) ? looks[kind] : undefined;
  return unseen.nft === undefined ? look?.(name, text, tables) : undefined;
}

const looks: Readonly<Record<string, Look>> = {
  // Only while Docker has its chain: it is made with its first start, too.
  docker: (bridge, text, tables) => {
    const [user] = chainsOf(tables, ({ name }) => name === "DOCKER-USER");
    const ways = { "accept in": "-i", "accept out": "-o" };
    const gone = Object.entries(ways).filter(
      ([line, way]) => text.includes(line) && !has(user, new RegExp(` ${way} ${escaped(bridge)} .*-j ACCEPT`)),
    );
    return user && gone.length ? `chain DOCKER-USER lacks ${gone.map(([line]) => line).join(", ")}` : undefined;
  },
  // Where ufw is off it has no chains.
  ufw: (bridge, text, tables) => {
    const words: Record<string, readonly [chain: string, way: string]> = {
      [`allow in on ${bridge}`]: ["ufw-user-input", "-i"],
      [`route allow in on ${bridge}`]: ["ufw-user-forward", "-i"],
      [`route allow out on ${bridge}`]: ["ufw-user-forward", "-o"],
    };
    const gone = text.filter((line) => {
      const [name, way] = words[line] ?? [];
      const [chain] = chainsOf(tables, (one) => one.name === name);
      return chain && !has(chain, new RegExp(` ${way} ${escaped(bridge)} .*-j ACCEPT`));
    });
    return gone.length ? `ufw does not do: ${gone.join(", ")}` : undefined;
  },
  firewalld: (bridge, [line = ""], tables) => {
    const table = tables.find(({ name }) => name === "inet firewalld");
    const zone = line.replace(/^zone /, "");
    const leads = new RegExp(`iifname "${escaped(bridge)}" (goto|jump) \\S*_${escaped(zone)}\\b`);
    const there = table && [...table.chains.values()].some((chain) => has(chain, leads));
    return table && !there ? `firewalld does not have it in zone ${zone}` : undefined;
  },
  nftables: (_, text, tables) => {
    const chains = tables
      .filter(({ name, by }) => by === "nft" && /^(ip|inet) (?!kvmnet|firewalld$)/.test(name))
      .flatMap(({ name, chains }) => [...chains.values()].map((chain) => ({ chain, place: `${name} ${chain.name}` })));
    return lacking(chains, text, (chain, rule) => has(chain, new RegExp(escaped(rule))));
  },
  iptables: (_, text, tables) => {
    const chains = tables
      .filter(({ name, by }) => by !== "nft" && name === "ip filter")
      .flatMap(({ by, chains }) => [...chains.values()].map((chain) => ({ chain, place: `${by} ${chain.name}` })));
    return lacking(chains, text, (chain, rule) => chain.rules.some((one) => one.text === `-A ${chain.name} ${rule}`));
  },
};

/** Of chains that drop by their policy: where a rule of the text is not, which says its hook (or chain) first. */
function lacking(
  places: readonly { chain: Chain; place: string }[],
  text: readonly string[],
  stands: (chain: Chain, rule: string) => boolean,
): string | undefined {
  const [missing] = places.flatMap(({ chain, place }) => {
    const rules = text
      .filter((line) => line.split(" ")[0]?.toLowerCase() === chain.hook)
      .map((line) => line.slice(line.indexOf(" ") + 1));
    const gone = chain.policy === "drop" ? rules.filter((rule) => !stands(chain, rule)) : [];
    return gone.length ? [`chain ${place} lacks: ${gone.join("; ")}`] : [];
  });
  return missing;
}

function chainsOf(tables: readonly Table[], which: (chain: Chain) => boolean): Chain[] {
  return tables.filter(({ by }) => by !== "nft").flatMap(({ chains }) => [...chains.values()].filter(which));
}

function has(chain: Chain | undefined, rule: RegExp): boolean {
  return chain?.rules.some(({ text }) => rule.test(`${text} `)) ?? false;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

import { NEXT_BOOT } from "../../plan/plan.ts";
import type { Check, Remark } from "../finding.ts";
import { within } from "../packets/addresses.ts";
import type { Forward } from "../packets/rule.ts";
import { passFault } from "../pass.ts";
import type { Picture } from "../picture/picture.ts";
import { type Registered, resourceOf } from "../picture/registry.ts";

const fix = "pulumi refresh, then pulumi up in the stack that owns it";

/** Every object that the registry has of ours stands as it was applied. */
export const kvmnetObject: Check = {
  name: "kvmnet-object",
  fault: "missing",
  needs: [],
  look({ picture }) {
    const wrong = picture.registry.flatMap((object): Remark[] => {
      const evidence = whatIsWrong(object, picture);
      const on = object.kind === "link" ? object.name : undefined;
      const subject = `${object.kind} ${object.name}`;
      return evidence === undefined
        ? []
        : [{ verdict: "fault", subject, evidence: `${evidence}; of ${resourceOf(object)}`, fix, ...(on && { on }) }];
    });
    if (picture.registry.length === 0) return [];
    const stands = picture.registry.length - wrong.length;
    const evidence = `${stands} of ${picture.registry.length} objects stand as they were applied`;
    return [...wrong, { verdict: "ok", subject: "pulumi-kvmnet", evidence }];
  },
};

/** By kind: what is not as the registry says; undefined when nothing is, or it cannot be seen. */
function whatIsWrong(object: Registered, picture: Picture): string | undefined {
  const { kind, name, text } = object;
  const [first = ""] = text;
  switch (kind) {
    case "file":
    case "private":
      return first === "missing" ? "the file is gone" : first === "differs" ? "the file was changed" : undefined;
    case "sysctl": {
      const value = picture.settings.get(name.replaceAll(".", "/"));
      return value === undefined || value === first ? undefined : `is ${value}, was set to ${first}`;
    }
    case "link":
      return linkFault(name, text, picture);
    case "port": {
      const link = picture.links.find((one) => one.name === name);
      const master = first.replace(/^master /, "");
      return !link || link.master === master
        ? undefined
        : `is no port of ${master}${link.master ? ` but of ${link.master}` : ""}`;
    }
    case "ruleset":
      return tableFault(name, text, picture);
    case "elements":
      return elementsFault(name, text, picture);
    case "unit": {
      const unit = picture.units.find((one) => one.name === name);
      if (!unit || !text.includes("active") || unit.active === "active" || unit.active === "activating")
        return undefined;
      return `is ${unit.active}`;
    }
    case "network":
      return networkFault(name, text, picture);
    case "nic":
      return nicFault(name, text, picture);
    default:
      return passFault(object, picture);
  }
}

function networkFault(name: string, text: readonly string[], { libvirt }: Picture): string | undefined {
  if (libvirt.state !== "running") return undefined;
  const network = libvirt.networks.find((one) => one.name === name);
  if (!network) return "libvirt has no such network";
  if (text.includes("active yes") && !network.active) return "is not active";
  if (text.includes("active no") && network.active) return "is active, was stopped";
  if (text.includes("autostart yes") && !network.autostart) return "is not started at boot";
  return text.includes("autostart no") && network.autostart ? "is started at boot" : undefined;
}

/** `URI DOMAIN MAC`; a domain's name may have spaces. Domains of other hypervisors are not seen. */
function nicFault(name: string, text: readonly string[], { libvirt }: Picture): string | undefined {
  const [, uri, called, mac] = /^(\S+) (.+) (\S+)$/.exec(name) ?? [];
  if (libvirt.state !== "running" || uri !== "qemu:///system") return undefined;
  const domain = libvirt.domains.find((one) => one.name === called || one.uuid === called);
  if (!domain) return "libvirt has no such domain";
  const nics = text.includes(NEXT_BOOT) ? domain.storedNics : domain.nics;
  return nics.some((one) => one.mac === mac) ? undefined : "the domain has no such NIC";
}

function linkFault(name: string, text: readonly string[], { links, addresses }: Picture): string | undefined {
  const link = links.find((one) => one.name === name);
  if (!link) return "the interface is gone";
  if (text.includes("up") && !link.up) return "is down";
  const mac = text.find((line) => line.startsWith("mac "))?.slice(4);
  if (mac && mac !== link.mac) return `has the MAC ${link.mac}, was given ${mac}`;
  const missing = text.flatMap((line) => {
    const [, address, length] = /^addr ([\d.]+)\/(\d+)/.exec(line) ?? [];
    const there = addresses.some(
      (one) => one.link === name && one.address === address && one.length === Number(length),
    );
    return address === undefined || there ? [] : [`${address}/${length}`];
  });
  return missing.length ? `lacks ${missing.join(", ")}` : undefined;
}

function tableFault(name: string, text: readonly string[], { tables, unseen }: Picture): string | undefined {
  if (unseen.nft || !/^(inet|ip) /.test(name)) return undefined;
  const table = tables.find((one) => one.name === name);
  if (!table) return "the table is gone";
  const rules = new Map<string, number>();
  let chain: string | undefined;
  for (const line of text) {
    const [, opened] = /^\tchain (\S+) \{$/.exec(line) ?? [];
    if (opened !== undefined) chain = opened;
    else if (line === "\t}") chain = undefined;
    else if (chain !== undefined && !line.startsWith("\t\ttype ")) rules.set(chain, (rules.get(chain) ?? 0) + 1);
  }
  const short = [...rules].find(([one, count]) => (table.chains.get(one)?.rules.length ?? 0) < count);
  return short && `chain ${short[0]} has ${table.chains.get(short[0])?.rules.length ?? 0} of ${short[1]} rules`;
}

function elementsFault(name: string, text: readonly string[], { tables, unseen }: Picture): string | undefined {
  const table = tables.find((one) => name.startsWith(`${one.name} `));
  if (unseen.nft || !table) return undefined;
  const targets: readonly Forward[] = [...table.chains.values()].flatMap(({ rules }) =>
    rules.flatMap(({ does }) => (does.verb === "dnat" ? does.targets : [])),
  );
  const gone = text.filter((line) => {
    const [, key = "", to, port] = /^\w+ \{ (.+) : (\d+\.[\d.]+)(?: \. (\d+))? \}$/.exec(line) ?? [];
    const [dialled = "", protocol] = key.split(" . ").reverse();
    return to !== undefined && !targets.some((one) => isIt(one, { to, port, dialled, protocol: protocol ?? "" }));
  });
  return gone.length ? `${gone.length} of ${text.length} elements are gone: ${gone[0]}` : undefined;
}

function isIt(
  one: Forward,
  wanted: { to: string; port: string | undefined; dialled: string; protocol: string },
): boolean {
  const { to, port = one.targetPort, dialled, protocol } = wanted;
  return within(one.to, to) && one.targetPort === port && one.port === dialled && one.protocol === protocol;
}

import { networksOf } from "../doctor/networks.ts";
import type { Picture } from "../doctor/picture/picture.ts";
import { sceneOf } from "../doctor/scene.ts";
import { planFor } from "../lifecycle/planner.ts";
import { validate } from "../lifecycle/validate.ts";
import type { Mistake } from "../model/mistake.ts";
import type { ResourceDefinition } from "../model/resource.ts";
import * as resources from "../resources/index.ts";
import { bridgesOf } from "./bridges.ts";
import type { Adoption, Declaration } from "./declaration.ts";
import { dnsmasqOf } from "./dnsmasq.ts";
import { portForwardsOf } from "./forwards.ts";
import { libvirtNetworksOf, nicsOf } from "./libvirt.ts";
import { natOf } from "./nat.ts";

const definitions = Object.entries(resources) as unknown as [string, ResourceDefinition][];

/** What of a host a program can say, and what it cannot. Pure; nothing is guessed: what is in doubt is left, by name. */
export function survey(picture: Picture): Adoption {
  const scene = sceneOf(picture);
  const { bridges, ...links } = bridgesOf(scene);
  const parts = bridges.flatMap((bridge) => {
    const network = networksOf(picture).find((one) => one.bridge === bridge.name);
    const nat = network && natOf(scene, network, bridge);
    const [declared] = nat?.declarations ?? [];
    const forwards = network && declared && portForwardsOf(scene, network, declared);
    return [nat, dnsmasqOf(scene, bridge), forwards].filter((part) => part !== undefined);
  });
  const networks = libvirtNetworksOf(scene, bridges);
  const nics = nicsOf(scene, bridges, networks.declarations, (declaration) => rendered(declaration, picture.host));
  const all = [links, ...parts, networks, nics];
  const unread =
    picture.libvirt.state === "stopped" ? ["libvirt does not run, so its networks and domains were not seen."] : [];
  const unseen = Object.entries(picture.unseen).map(([what, why]) => `${what} could not be seen: ${why}`);
  return checked(
    {
      declarations: all.flatMap(({ declarations }) => declarations),
      left: [...all.flatMap(({ left }) => left), ...unread, ...unseen],
    },
    picture.host,
  );
}

/** Name of a resource's export in `pulumi-kvmnet/provider`. */
export function handlerOf({ type }: Declaration): string {
  return definitionOf(type)[0];
}

/** Takes out what a preview would refuse, and what hangs on it. */
function checked({ declarations, left }: Adoption, host: string): Adoption {
  const kept: Declaration[] = [];
  const refused: string[] = [];
  for (const declaration of declarations) {
    const { type, name, passes = {} } = declaration;
    const missing = Object.values(passes)
      .flat()
      .find((passed) => !kept.includes(passed));
    const { mistakes } = completed(declaration, host);
    if (!missing && mistakes.length === 0) kept.push(declaration);
    else if (missing) refused.push(`${type} "${name}": ${missing.type} "${missing.name}", which it hangs on, is left.`);
    else refused.push(`${type} "${name}": ${mistakes.map(({ path, text }) => `${path}: ${text}`).join(" ")}`);
  }
  return { declarations: kept, left: [...left, ...refused] };
}

function completed(declaration: Declaration, hostName: string): { args: object; mistakes: Mistake[] } {
  const { type, name, args, unpacked = {} } = declaration;
  const [, definition] = definitionOf(type);
  const { adopt: _, ...given }: Record<string, unknown> = { ...args, ...unpacked };
  const validated = validate(definition, given);
  if (validated.mistakes) return { args: {}, mistakes: validated.mistakes };
  const context = { name, urn: "", found: { backend: "systemd" as const }, hostName };
  const whole = definition.complete(validated.args, context);
  return { args: whole, mistakes: definition.mistakes(whole, context) };
}

/** The lines that a resource writes. */
function rendered(declaration: Declaration, host: string): string[] {
  const { args, mistakes } = completed(declaration, host);
  if (mistakes.length) return [];
  const { plan } = planFor(definitionOf(declaration.type)[1], args, {});
  return Object.values(plan).flatMap((text) => text.split("\n").filter(Boolean));
}

function definitionOf(type: string): [string, ResourceDefinition] {
  const found = definitions.find(([, definition]) => definition.type === type);
  if (!found) throw new TypeError(`no resource is called ${type}`);
  return found;
}

import { type Network, networksOf } from "./networks.ts";
import { type Domain, isUp } from "./picture/libvirt.ts";
import type { Picture } from "./picture/picture.ts";

/** What checks look at: the picture, and what follows from it. */
export interface Scene {
  readonly picture: Picture;
  readonly networks: readonly Network[];
  /** Interfaces with a default route, the one that the kernel takes first. */
  readonly uplinks: readonly string[];
  /** Domains whose interfaces are there. */
  readonly running: readonly Domain[];
  /** The guest that the user asks about, as they call it. */
  readonly guest?: string;
}

/** Draws what follows. */
export function sceneOf(picture: Picture, guest?: string): Scene {
  const defaults = picture.routes.filter(
    ({ prefix, table, link }) => prefix === "0.0.0.0/0" && table === "main" && link,
  );
  const sorted = [...defaults].sort((a, b) => a.metric - b.metric).map(({ link }) => link);
  return {
    ...{ picture, networks: networksOf(picture), uplinks: [...new Set(sorted)] },
    running: picture.libvirt.domains.filter(isUp),
    ...(guest !== undefined && { guest }),
  };
}

/** Networks whose guests are to reach the outside. */
export function outward({ networks }: Scene): Network[] {
  return networks.filter((network) => network.outward !== "no");
}

/** A setting of the kernel; undefined when it could not be read. */
export function setting({ picture }: Scene, key: string): string | undefined {
  return picture.settings.get(key);
}

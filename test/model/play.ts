import type { State } from "../../provider/lifecycle/state.ts";
import type { Order } from "../faults/orders.ts";
import type { Provider } from "../faults/provider.ts";
import { sure } from "../faults/site.ts";
import type { QuickHost } from "../lab/quick/index.ts";
import { type Drift, drifts } from "./drifts.ts";
import type { Happening, Step } from "./history.ts";
import { declared, dependents, emptyWorld, needs, stands, type Thing, universe, want } from "./world.ts";

/** Plays steps on a host, as the engine and other people would, and keeps the model in step. */
export class Play {
  readonly world = emptyWorld();
  readonly #host: QuickHost;
  readonly #provider: Provider;
  readonly #states = new Map<string, State | undefined>();

  constructor(host: QuickHost, provider: Provider) {
    this.#host = host;
    this.#provider = provider;
  }

  /** Plays one; what it did in words, or nothing if there was nothing that it could be done to. */
  async step({ happening, which, value }: Step): Promise<string> {
    const choice = this.#possible(happening);
    const thing = choice[which % Math.max(1, choice.length)];
    if (happening in drifts) return thing ? await this.#drift(drifts[happening as keyof typeof drifts], thing) : "";
    switch (happening) {
      case "create":
      case "update":
      case "delete":
      case "replace":
        return thing ? await this.#do(happening, thing, value) : "";
      case "flush":
        return await this.#flush();
      case "reload nftables":
        await this.#host.exec("systemctl start nftables && systemctl reload nftables");
        await this.#foreign();
        return "reload nftables";
      case "reload networkd":
        await this.#host.exec("networkctl reload");
        return "reload networkd";
      default:
        await this.#host.reboot();
        await this.#foreign();
        return "reboot";
    }
  }

  /** Deletes everything that stands. */
  async clear(): Promise<void> {
    for (const thing of universe.toReversed()) if (stands(this.world, thing)) await this.#do("delete", thing, 0);
  }

  /** A rule of somebody else, which nothing of ours may touch. */
  async #foreign(): Promise<void> {
    await this.#host.exec(
      'nft "add table inet other; add chain inet other c; add rule inet other c counter comment \\"added by hand\\""',
    );
  }

  async begin(): Promise<void> {
    await this.#foreign();
  }

  #possible(happening: Happening): Thing[] {
    if (happening in drifts) {
      const { kind } = drifts[happening as keyof typeof drifts];
      return universe.filter((thing) => thing.kind === kind && stands(this.world, thing));
    }
    return universe.filter((thing) => {
      const needed = needs(thing);
      if (happening === "create") return !stands(this.world, thing) && (!needed || stands(this.world, needed));
      const free = happening === "update" || dependents(this.world, thing).length === 0;
      return stands(this.world, thing) && free;
    });
  }

  async #do(happening: "create" | "update" | "delete" | "replace", thing: Thing, value: number): Promise<string> {
    if (happening === "delete" || happening === "replace") {
      await this.#tell("delete", thing);
      this.world[thing.kind].delete(thing.key);
    }
    if (happening !== "delete") {
      want(this.world, thing, value);
      await this.#tell(happening === "update" ? "update" : "create", thing);
    }
    return `${happening} ${thing.kind} ${thing.key}`;
  }

  /** Something is lost, a refresh sees that, and the next `up` brings it back. */
  async #drift(drift: Drift, thing: Thing): Promise<string> {
    await this.#host.exec(drift.command(this.world, thing.key));
    if (!(await this.#mended(thing)))
      throw new Error(`a refresh does not see that ${thing.kind} ${thing.key} is not as it was`);
    return `${drift.told} of ${thing.key}`;
  }

  async #flush(): Promise<string> {
    await this.#host.exec("nft flush ruleset");
    await this.#foreign();
    for (const thing of universe) {
      if (["networks", "forwards"].includes(thing.kind) && stands(this.world, thing)) await this.#mended(thing);
    }
    return "flush";
  }

  /** A refresh and an `up`; whether there was anything to do. */
  async #mended(thing: Thing): Promise<boolean> {
    const read = sure(await this.#provider.tell(this.#order("read", thing)));
    if (read.gone) await this.#tell("create", thing);
    else this.#states.set(idOf(thing), read.state);
    if (read.changes) await this.#tell("update", thing);
    return read.gone === true || read.changes === true;
  }

  async #tell(verb: "create" | "update" | "delete", thing: Thing): Promise<void> {
    const { state } = sure(await this.#provider.tell(this.#order(verb, thing)));
    this.#states.set(idOf(thing), state);
  }

  #order(verb: Order["verb"], thing: Thing): Order {
    return {
      verb,
      ...declared(this.world, thing),
      state: verb === "create" ? undefined : this.#states.get(idOf(thing)),
    };
  }
}

const idOf = ({ kind, key }: Thing): string => `${kind} ${key}`;

import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { FakeHost } from "../../provider/host/fake.ts";
import { type DynamicProvider, dynamicProvider } from "../../provider/lifecycle/adapter.ts";
import { Session } from "../../provider/lifecycle/session.ts";
import { type StateOnlyProvider, stateOnlyProvider } from "../../provider/lifecycle/state-only.ts";
import { KvmnetError } from "../../provider/model/error.ts";
import type { ResourceDefinition } from "../../provider/model/resource.ts";
import * as resources from "../../provider/resources/index.ts";
import { subnetPool } from "../../provider/resources/subnet-pool.ts";
import { type MockHost, mockHost } from "./mock-host.ts";

export interface MocksArgs {
  /** The hosts of the program, by name; one that a connection object leads to, by its `host`. */
  hosts: Record<string, MockHost>;
  /** Answers for what is not ours. Default: a resource has its inputs as outputs, a function returns its arguments. */
  others?: Partial<pulumi.runtime.Mocks>;
}

/** A resource of ours as the program registered it. */
export interface Registered {
  /** Name of the class, such as `PortForward`. */
  readonly type: string;
  readonly name: string;
  /** The arguments, with all that is deduced. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into them as they are
  readonly inputs: Record<string, any>;
  /** Each object on the host and its text, as it would be written there. */
  readonly plan: Readonly<Record<string, string>>;
}

/** Mocks for `pulumi.runtime.setMocks` that check, complete and plan our resources as the provider does. */
export function mocks(args: MocksArgs): KvmnetMocks {
  return new KvmnetMocks(args);
}

const ours = /^pulumi-nodejs:dynamic\/kvmnet:(\w+)$/;
/** A program that has registered nothing of ours in so many turns, of 10 ms or more each, is through. */
const QUIET_TURNS = 50;

export class KvmnetMocks implements pulumi.runtime.Mocks {
  readonly #providers: Readonly<Record<string, DynamicProvider | StateOnlyProvider>>;
  readonly #others: Partial<pulumi.runtime.Mocks>;
  readonly #hosts: Readonly<Record<string, MockHost>>;
  readonly #registered: Registered[] = [];
  readonly #mistakes: string[] = [];

  constructor({ hosts, others = {} }: MocksArgs) {
    this.#hosts = hosts;
    this.#others = others;
    const fakes = new Map(Object.entries(hosts).map(([name, host]) => [name, mockHost(name, host)]));
    const session = new Session(({ name }) => known(fakes, name), silent);
    const definitions = Object.values(resources) as ResourceDefinition[];
    this.#providers = {
      ...Object.fromEntries(definitions.map((definition) => [definition.type, dynamicProvider(definition, session)])),
      [subnetPool.type]: stateOnlyProvider(subnetPool),
    };
  }

  /**
   * A resource of the program, as soon as it is registered. Rejects if the program has none of that type and name, or has
   * mistakes, in this resource or another: it would not come this far then.
   */
  async resource(type: string, name: string): Promise<Registered> {
    const find = () => this.#registered.find((one) => one.type === type && one.name === name);
    await this.#until(() => find() !== undefined || this.#mistakes.length > 0);
    if (this.#mistakes.length) throw new Error(this.#mistakes.join("\n"));
    const found = find();
    if (found) return found;
    const all = this.#registered.map((one) => `${one.type} "${one.name}"`).join(", ");
    throw new Error(`The program has no ${type} "${name}". It has: ${all || "nothing of ours"}.`);
  }

  /**
   * All mistakes of the program, such as `Bridge "br0": mtu: …`, once it is through. One may lead to others, which come after
   * it.
   */
  async mistakes(): Promise<readonly string[]> {
    await this.#until(() => false);
    return [...this.#mistakes];
  }

  /** Waits for something to happen, or for nothing of ours to have happened for a while. */
  async #until(happened: () => boolean): Promise<void> {
    const count = () => this.#registered.length + this.#mistakes.length;
    for (let seen = -1, quiet = 0; !happened() && quiet < QUIET_TURNS; await sleep(10)) {
      quiet = seen === count() ? quiet + 1 : 0;
      seen = count();
    }
  }

  /** Called by Pulumi's runtime. */
  async newResource(args: pulumi.runtime.MockResourceArgs): Promise<pulumi.runtime.MockResourceResult> {
    const type = ours.exec(args.type)?.[1] ?? "";
    const provider = this.#providers[type];
    if (!provider) {
      const other = await this.#others.newResource?.(args);
      return other ?? { id: args.custom ? `${args.name}_id` : undefined, state: args.inputs };
    }
    if ("configure" in provider) await provider.configure({ config: { get: (key) => this.#setting(key) } });
    const { inputs, failures } = await provider.check({}, plain(args.inputs));
    if (failures.length) {
      this.#mistakes.push(...failures.map(({ reason }) => `${type} "${args.name}": ${reason}`));
      // A rejection would be one of each of its outputs, and nobody could expect them all.
      return { id: args.name, state: plain(args.inputs) };
    }
    const { id, outs } = await provider.create(inputs);
    this.#registered.push({ type, name: args.name, inputs, plan: (inputs.plan ?? {}) as Registered["plan"] });
    return { id, state: secretAsBefore(outs, args.inputs) };
  }

  /** Called by Pulumi's runtime. */
  call(args: pulumi.runtime.MockCallArgs): ReturnType<pulumi.runtime.Mocks["call"]> {
    return this.#others.call ? this.#others.call(args) : args.inputs;
  }

  /** Of the stack's configuration; its hosts are the mocks'. */
  #setting(key: string): string | undefined {
    if (key === "kvmnet:hosts") {
      return JSON.stringify(Object.fromEntries(Object.keys(this.#hosts).map((host) => [host, { host }])));
    }
    return new pulumi.Config("kvmnet").get(key.replace("kvmnet:", ""));
  }
}

const silent = { info: async () => {}, warn: async () => {} };

function known(fakes: ReadonlyMap<string, FakeHost>, name: string): FakeHost {
  const fake = fakes.get(name);
  if (fake) return fake;
  const hosts = [...fakes.keys()].join(", ");
  throw new KvmnetError({ code: "invalid-args", message: `host: ${name} is none of the mocks' hosts (${hosts}).` });
}

/** As the provider gets them: the engine takes the secrets' marks away. */
function plain(inputs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, pulumi.runtime.unwrapRpcSecret(value)]));
}

function secretAsBefore(outs: Record<string, unknown>, inputs: Record<string, unknown>): Record<string, unknown> {
  const marked = (key: string) => pulumi.runtime.isRpcSecret(inputs[key]);
  return Object.fromEntries(
    Object.entries(outs).map(([key, value]) => [key, marked(key) ? pulumi.secret(value) : value]),
  );
}

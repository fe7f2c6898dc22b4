/** Resources on a host without the engine: what takes the engine seconds takes this a tenth of one. */
import { create, remove, update } from "../../provider/lifecycle/apply.ts";
import { check } from "../../provider/lifecycle/check.ts";
import { diff } from "../../provider/lifecycle/diff.ts";
import { read } from "../../provider/lifecycle/read.ts";
import { Session } from "../../provider/lifecycle/session.ts";
import { type Inputs, inputsOf, type State } from "../../provider/lifecycle/state.ts";
import { KvmnetError } from "../../provider/model/error.ts";
import type { ResourceDefinition } from "../../provider/model/resource.ts";
import * as resources from "../../provider/resources/index.ts";

/** A resource's class, as its export is called. */
export type Type = keyof typeof resources;

/** One program's resources on one host. */
export class Direct {
  /** What was said to the user, notes and warnings. */
  readonly said: string[] = [];
  readonly #session: Session;

  /** `host` is a name in the SSH configuration. */
  constructor(host: string, sshConfig: string) {
    process.env.KVMNET_SSH_CONFIG = sshConfig;
    const say = async (_: string, text: string) => void this.said.push(text);
    this.#session = new Session(undefined, { info: say, warn: say });
    this.#session.configure({ "kvmnet:host": host });
  }

  /** Makes one. @throws what the user would read. */
  async make(type: Type, name: string, args: object): Promise<State> {
    return await create(definitionOf(type), await this.#inputs(type, name, args), this.#session);
  }

  /** Brings one to other arguments. @throws what the user would read. */
  async change(type: Type, state: State, args: object): Promise<State> {
    const inputs = await this.#inputs(type, nameOf(state), args, state);
    return await update(definitionOf(type), state, inputs, this.#session);
  }

  /** What a refresh finds. */
  async read(type: Type, state: State): Promise<State | undefined> {
    return (await read(definitionOf(type), state, this.#session))?.props;
  }

  /** Whether a refresh, and an up after it, find that all is as these arguments say. */
  async stands(type: Type, state: State, args: object): Promise<boolean> {
    const found = await this.read(type, state);
    const inputs = await this.#inputs(type, nameOf(state), args, state);
    return found !== undefined && !diff(definitionOf(type), found, inputs).changes;
  }

  async remove(type: Type, state: State): Promise<void> {
    await remove(definitionOf(type), state, this.#session);
  }

  async #inputs(type: Type, name: string, args: object, state?: State): Promise<Inputs> {
    const definition = definitionOf(type);
    const self = `urn:pulumi:t::direct::pulumi-nodejs:dynamic/kvmnet:${definition.type}::${name}`;
    const olds = state && inputsOf(definition, state);
    const { inputs, failures } = await check(definition, olds, { self, ...args }, this.#session);
    if (failures.length === 0) return inputs as unknown as Inputs;
    throw new KvmnetError({ code: "invalid-args", message: failures.map(({ reason }) => reason).join("\n") });
  }
}

const definitions = { ...resources } as unknown as Record<Type, ResourceDefinition>;
const definitionOf = (type: Type) => definitions[type];

function nameOf(state: State): string {
  return state.self.split("::").slice(3).join("::");
}

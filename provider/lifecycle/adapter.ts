import type { ResourceDefinition } from "../model/resource.ts";
import { create, remove, update } from "./apply.ts";
import { check } from "./check.ts";
import { diff } from "./diff.ts";
import { engineAt } from "./engine.ts";
import { read } from "./read.ts";
import { Session } from "./session.ts";
import type { Inputs, State } from "./state.ts";

type Props = Record<string, unknown>;

/** The shape that Pulumi's dynamic provider process calls (`@pulumi/pulumi/dynamic`, `ResourceProvider`). */
export interface DynamicProvider {
  configure(request: { config: { get(key: string): string | undefined } }): Promise<void>;
  check(olds: Props, news: Props): Promise<Awaited<ReturnType<typeof check>>>;
  diff(id: string, olds: Props, news: Props): Promise<ReturnType<typeof diff>>;
  create(inputs: Props): Promise<{ id: string; outs: Props }>;
  update(id: string, olds: Props, news: Props): Promise<{ outs: Props }>;
  read(id: string, props: Props): Promise<{ id?: string; props?: Props; inputs?: Props }>;
  delete(id: string, props: Props): Promise<void>;
}

/** Settings that are read from the stack's configuration. */
const settings = ["host", "hosts", "offline", "deleteUnreachable", "strict"];

/**
 * Puts one resource behind Pulumi's dynamic provider interface. All resources of a process share a session, hence a
 * connection for each host.
 */
export function dynamicProvider(definition: ResourceDefinition, session: Session = shared()): DynamicProvider {
  return {
    async configure({ config }) {
      const entries = settings.map((name) => [`kvmnet:${name}`, config.get(`kvmnet:${name}`)]);
      session.configure(Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
    },
    check: (olds, news) => check(definition, Object.keys(olds).length ? olds : undefined, news, session),
    diff: async (_id, olds, news) => diff(definition, olds as unknown as State, news as unknown as Inputs),
    async create(inputs) {
      const state = await create(definition, inputs as unknown as Inputs, session);
      return { id: definition.id(state), outs: { ...state } };
    },
    async update(_id, olds, news) {
      const state = await update(definition, olds as unknown as State, news as unknown as Inputs, session);
      return { outs: { ...state } };
    },
    async read(id, props) {
      const found = await read(definition, props as unknown as State, session);
      // An answer without an id is how the engine is told that the object is gone.
      return found ? { id, props: { ...found.props }, inputs: found.inputs } : {};
    },
    delete: (_id, props) => remove(definition, props as unknown as State, session),
  };
}

let ofProcess: Session | undefined;

/** Made when it is first asked for: a program's unit tests have sessions of their own, and no engine. */
function shared(): Session {
  if (ofProcess) return ofProcess;
  const engine = engineAt();
  ofProcess = new Session(undefined, engine);
  // The engine ends its providers when it is done. One that was killed cannot, and we would wait for ever.
  engine.onGone(() => process.exit());
  return ofProcess;
}

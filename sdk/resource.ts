import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { HostArg } from "./host.ts";
import { pauseTraces } from "./traces.ts";

/** Arguments that every resource takes. */
export interface CommonArgs {
  /**
   * The hypervisor: an entry of `kvmnet:hosts`, a destination as `ssh` takes it, or a connection object. Defaults to the
   * host of a resource given as argument, then to `kvmnet:host`.
   */
  host?: pulumi.Input<HostArg>;
  /** Take over an object of that name that stands on the host already and that no stack owns. Default: false. */
  adopt?: pulumi.Input<boolean>;
}

/** How one class of resource is registered. */
export interface Registration {
  /** Name of the class, such as `Bridge`. */
  readonly type: string;
  /** Name of its export in `pulumi-kvmnet/provider`, such as `bridge`. */
  readonly handler: string;
  /** Outputs beyond the arguments. */
  readonly outputs: readonly string[];
}

/** A resource of ours: its arguments as inputs, and what the provider makes of them as outputs. */
export abstract class KvmnetResource extends pulumi.CustomResource {
  /** The host as it was given (a secret when it is a connection object). */
  declare readonly host: pulumi.Output<HostArg>;
  /** `/etc/machine-id` of the host. */
  declare readonly hostId: pulumi.Output<string>;
  /** Each object on the host and its text, exactly as it is written there. */
  declare readonly plan: pulumi.Output<Record<string, string>>;

  /**
   * @param relatives Resources given as arguments: they lend their host, and must all have the same.
   */
  protected constructor(
    registration: Registration,
    name: string,
    args: Record<string, unknown>,
    relatives: readonly (KvmnetResource | undefined)[],
    opts: pulumi.CustomResourceOptions,
  ) {
    const type = `pulumi-nodejs:dynamic/kvmnet:${registration.type}`;
    const { host, ...rest } = args;
    const inputs = {
      ...Object.fromEntries(["hostId", "found", ...registration.outputs].map((output) => [output, undefined])),
      ...rest,
      __provider: `exports.handler=()=>require("pulumi-kvmnet/provider").${registration.handler}`,
      self: urnOf(name, type, opts),
      host: commonHost(registration.type, name, host as pulumi.Input<HostArg> | undefined, relatives),
      secretArgs: secretArguments(rest),
      // Computed by the provider from the arguments: a secret among them makes the whole plan one.
      plan: pulumi.output(rest).apply(() => ""),
    };
    const resume = pauseTraces();
    try {
      // Names are physical, so what stands has to go before its replacement can come.
      super(type, name, inputs, { deleteBeforeReplace: true, ...opts });
    } catch (error) {
      resume(error);
      throw error;
    }
    resume();
  }
}

/**
 * The URN without the parent as a dependency: who depends on a component waits for all of its children, and this is one of
 * them.
 */
function urnOf(name: string, type: string, { parent }: pulumi.CustomResourceOptions): Promise<string> {
  return new Promise((resolve) => pulumi.createUrn(name, type, parent).apply(resolve));
}

/** Names of the arguments that hold a secret, so that no message of the provider shows their values. */
export function secretArguments(args: Record<string, unknown>): pulumi.Output<string[] | undefined> {
  const names = Object.keys(args);
  return pulumi.output(
    Promise.all(names.map((name) => pulumi.isSecret(pulumi.output(args[name])))).then((secret) => {
      const found = names.filter((_, index) => secret[index]);
      return found.length ? found : undefined;
    }),
  );
}

/** A resource's own host, else its relatives' (which must agree), else none: the provider then reads the stack's. */
function commonHost(
  type: string,
  name: string,
  own: pulumi.Input<HostArg> | undefined,
  relatives: readonly (KvmnetResource | undefined)[],
): pulumi.Output<HostArg> | undefined {
  const given = [own, ...relatives.map((relative) => relative?.host)].filter((host) => host !== undefined);
  if (given.length === 0) return undefined;
  return pulumi.all(given.map(asOutput)).apply((hosts) => {
    // Without the provider (plain mocks) a relative that has the stack's host has none.
    const [first, ...others] = hosts.filter((host) => host !== undefined);
    const other = others.find((host) => !isDeepStrictEqual(plain(host), plain(first)));
    if (other !== undefined) {
      throw new pulumi.RunError(
        `${type} "${name}" is on ${describe(first)}, but what it belongs to is on ${describe(other)}. Give both the same host.`,
      );
    }
    return first as HostArg;
  });
}

/** As the engine gives it back: without what is undefined. It sorts the keys of an object. */
function plain(host: HostArg | undefined): unknown {
  return host === undefined ? undefined : JSON.parse(JSON.stringify(host));
}

/** A connection object may carry credentials anywhere: as a whole it is a secret. A name is not. */
function asOutput(host: pulumi.Input<HostArg> | undefined): pulumi.Output<HostArg> {
  const given = pulumi.output(host) as pulumi.Output<HostArg>;
  return given.apply((value) => (typeof value === "object" ? pulumi.secret(value) : value)) as pulumi.Output<HostArg>;
}

function describe(host: HostArg | undefined): string {
  return typeof host === "string" ? host : String(host?.host);
}

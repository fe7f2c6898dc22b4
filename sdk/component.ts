import * as pulumi from "@pulumi/pulumi";
import { unknownArgument } from "../provider/model/unknown-argument.ts";
import { hostAt } from "../provider/model/values/prefix.ts";
import { fromNetwork, hostFaults } from "./subnet.ts";

/** Resources of ours that are declared as one. On a host it is nothing by itself. */
export abstract class KvmnetComponent extends pulumi.ComponentResource {
  readonly #type: string;

  /**
   * @param type Name of the class.
   * @param known Names of the arguments that the component takes.
   * @throws a `ResourceError` that lists the arguments it does not take.
   */
  protected constructor(
    type: string,
    name: string,
    args: object,
    known: readonly string[],
    opts: pulumi.ComponentResourceOptions,
  ) {
    // Its children keep their arguments; here they would be in the state twice.
    super(`kvmnet:index:${type}`, name, {}, opts);
    this.#type = type;
    const unknown = Object.keys(args).filter((key) => !known.includes(key));
    this.refuse(unknown.map((key) => `${key}: ${unknownArgument(key, known, type)}`));
  }

  /** Ends the program with these mistakes, if there are any. */
  protected refuse(mistakes: readonly string[]): void {
    if (mistakes.length) throw new pulumi.ResourceError(mistakes.join("\n"), this, true);
  }

  /** Ends the program when an argument without which nothing can be made was left out. */
  protected demand(args: object, ...required: readonly string[]): void {
    const missing = required.filter((key) => (args as Record<string, unknown>)[key] === undefined);
    this.refuse(missing.map((key) => `${key}: is required by ${this.#type}.`));
  }

  /** The address of the n-th host of a network; the program ends with an error if it has no such host. */
  protected hostIn(network: pulumi.Output<string>, n: number): pulumi.Output<string> {
    return fromNetwork(network, (cidr) => {
      this.refuse(hostFaults(cidr, n));
      return hostAt(cidr, n);
    });
  }
}

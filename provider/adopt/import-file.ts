import type { Adoption, Declaration } from "./declaration.ts";
import { handlerOf } from "./survey.ts";

/**
 * What `pulumi import --file` reads: what stands under its own name, as a state that nobody of ours has made. With outputs in it
 * the engine asks no provider, and no host.
 */
export function importText(host: string, { declarations }: Adoption): string {
  const resources = declarations.flatMap((declaration) =>
    declaration.id === undefined ? [] : [entry(host, declaration)],
  );
  return `${JSON.stringify({ resources }, undefined, 2)}\n`;
}

function entry(host: string, declaration: Declaration) {
  const { type, name, id, args, unpacked } = declaration;
  const inputs = {
    __provider: `exports.handler=()=>require("pulumi-kvmnet/provider").${handlerOf(declaration)}`,
    ...{ host, ...args, ...unpacked },
  };
  return {
    ...{ type: `pulumi-nodejs:dynamic/kvmnet:${type}`, name, id, inputs },
    // See `isImported` of the lifecycle.
    outputs: { ...inputs, plan: {}, nonce: "" },
  };
}

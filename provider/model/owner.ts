/**
 * The owner of a host object is the URN of its resource. URNs read
 * `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` (Pulumi documentation, "URNs").
 */
export interface Owner {
  readonly stack: string;
  readonly project: string;
  readonly type: string;
  readonly name: string;
}

/** Reads a URN. Text that is none is kept whole as the name, since it comes from a host. */
export function parseOwner(urn: string): Owner {
  const [, stack, project, types, ...name] = urn.replace(/^urn:pulumi:/, "::").split("::");
  if (!stack || !project || !types || name.length === 0) return { stack: "", project: "", type: "", name: urn };
  return { stack, project, type: types.replace(/^.*[:$/]/, ""), name: name.join("::") };
}

/** `Bridge "virbr10"`. */
export function titleOf({ type, name }: Owner): string {
  return type === "" ? name : `${type} "${name}"`;
}

/** As messages name an owner: `stack lab/prod (Bridge "virbr10")`. */
export function describeOwner(urn: string): string {
  const owner = parseOwner(urn);
  return owner.stack ? `stack ${owner.project}/${owner.stack} (${titleOf(owner)})` : owner.name;
}

/** A resource that the program declares, for something that stands on the host. */
export interface Declaration {
  /** Name of its class, such as `Bridge`. */
  readonly type: string;
  readonly name: string;
  /** Its arguments but those that `passes` has. Plain data. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Arguments for which the program passes other declarations, alone or in a list. */
  readonly passes?: Readonly<Record<string, Declaration | readonly Declaration[]>>;
  /** What the constructor makes of `passes`: plain arguments, as the provider gets them. */
  readonly unpacked?: Readonly<Record<string, unknown>>;
  /** What a reader should know of it; comments in the program. */
  readonly notes: readonly string[];
  /** Its Pulumi id, where it stands under its own name already: then it is imported. */
  readonly id?: string;
}

/** What is taken over of a host, and what is not. */
export interface Adoption {
  readonly declarations: readonly Declaration[];
  /** What stays as it is, with the reason, a sentence each. Made of foreign text. */
  readonly left: readonly string[];
}

/** Both, of one part of a host. */
export interface Part {
  readonly declarations: Declaration[];
  readonly left: string[];
}

/** A part without anything in it. */
export function nothing(): Part {
  return { declarations: [], left: [] };
}

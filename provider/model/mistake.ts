/** A mistake in a resource's arguments, as the user reads it. */
export interface Mistake {
  /** Such as `ports[0].targetPort`. */
  readonly path: string;
  /** What is wrong, what is allowed and the way out. */
  readonly text: string;
}

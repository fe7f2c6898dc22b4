import { closest, distance } from "fastest-levenshtein";

/** What a user reads about an argument that `type` does not have; `known` are those that it has. */
export function unknownArgument(key: string, known: readonly string[], type: string): string {
  const near = known.length ? closest(key, [...known]) : undefined;
  const close = near !== undefined && distance(key, near) <= Math.max(2, Math.floor(key.length / 3));
  return `not an argument of ${type}.${close ? ` Did you mean "${near}"?` : ""}`;
}

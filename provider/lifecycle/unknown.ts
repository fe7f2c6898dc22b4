/** How the engine writes a value that is not known yet, at any depth of a preview's inputs (Pulumi's provider protocol). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether the value is, or holds anywhere inside, a value that is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasUnknown);
}

/** Whether the value at a path, or anything that it hangs on or that hangs on it, is not known yet. */
export function unknownAt(root: unknown, path: readonly PropertyKey[]): boolean {
  let here: unknown = root;
  for (const step of path) {
    if (here === UNKNOWN) return true;
    if (typeof here !== "object" || here === null) return false;
    here = (here as Record<PropertyKey, unknown>)[step];
  }
  return hasUnknown(here);
}

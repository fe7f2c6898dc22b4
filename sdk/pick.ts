/** Of arguments, those of these names that are given. */
export function pick<Args extends object, Name extends string>(args: Args, names: readonly Name[]) {
  const given = Object.entries(args).filter(([key, value]) => names.includes(key as Name) && value !== undefined);
  return Object.fromEntries(given) as Pick<Args, Extract<keyof Args, Name>>;
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
}
const lock = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };
const packages = Object.entries(lock.packages).filter(([path, { link }]) => path !== "" && !link);

/** Those under which a package may be used beside Apache-2.0 code without a further condition on ours. */
const fine = new Set([
  ...["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "Python-2.0", "Unlicense"],
  ...["CC0-1.0", "CC-BY-3.0", "(BSD-3-Clause AND Apache-2.0)"],
]);
/** Packages whose licence is not in the field where it should be; their LICENSE files begin like this. */
const odd = /^\W*(The )?MIT License|^Copyright[^\n]*\n\s*\nPermission is hereby granted, free of charge/i;

test("every package is locked with its hash", () => {
  // The linter's builds for other systems are not: where the lock was made, the registry did not tell.
  const installed = packages.filter(([, { dev, optional }]) => !(dev && optional));
  expect(installed.length).toBeGreaterThan(200);
  expect(installed.filter(([, { version, integrity }]) => !version || !integrity?.startsWith("sha512-"))).toEqual([]);
});

test("what is installed with the package has a licence that goes with Apache-2.0", () => {
  const used = packages.filter(([, { dev }]) => !dev);
  const strange = used.filter(([, { license }]) => !fine.has(license ?? ""));
  // Their licence's text decides.
  expect(strange.filter(([path]) => !odd.test(read(join(path, "LICENSE")))).map(([path]) => path)).toEqual([]);
  expect(strange.length).toBeLessThan(10);
});

test("every dependency stands with its reason in docs/decisions.md, and no other does", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  const [, table = ""] = read("docs/decisions.md").split("## Dependencies");
  const named = [...table.matchAll(/^\| `(\S+)`/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(Object.keys(dependencies ?? {}).sort());
  const rest = Object.keys(devDependencies ?? {}).filter((name) => !name.startsWith("@types/"));
  for (const name of rest) expect(table).toContain(`\`${name}\``);
});

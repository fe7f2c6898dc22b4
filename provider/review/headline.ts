import type { Operation, Review } from "./review.ts";

const verbs: Readonly<Record<Operation, string>> = {
  create: "to create",
  import: "to import",
  update: "to update",
  replace: "to replace",
  delete: "to delete",
};

/** What happens, in one line: `2 to create, 1 to delete, on 1 host`. */
export function headline({ changes, failed }: Review): string {
  const counts = Object.entries(verbs).flatMap(([operation, verb]) => {
    const count = changes.filter((change) => change.operation === operation).length;
    return count > 0 ? [`${count} ${verb}`] : [];
  });
  const hosts = new Set(changes.flatMap(({ host }) => host ?? [])).size;
  const where = hosts > 0 ? [`on ${hosts} ${hosts === 1 ? "host" : "hosts"}`] : [];
  const happens = [...counts, ...where].join(", ");
  if (failed) return `The preview failed${happens && `; until then: ${happens}`}`;
  return happens || "Nothing to do";
}

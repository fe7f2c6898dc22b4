import type { Check } from "../finding.ts";

/** No change of ours was interrupted and waits to be undone, or to be confirmed. */
export const kvmnetJournal: Check = {
  name: "kvmnet-journal",
  fault: "in the way",
  needs: [],
  look({ picture: { journal, registry } }) {
    const subject = "pulumi-kvmnet";
    if (journal.length === 0)
      return registry.length ? [{ verdict: "ok", subject, evidence: "no change is unfinished" }] : [];
    const evidence = `a change is unfinished (${journal.slice(0, 3).join(", ")}): it runs now, waits to be confirmed, or was interrupted`;
    return [
      {
        verdict: "warning",
        subject,
        evidence,
        fix: "Wait for it, or pulumi refresh: the next request undoes what is half done.",
      },
    ];
  },
};

import type { Check } from "../finding.ts";

/** Nobody reloads a file that begins with `flush ruleset` where other programs keep tables of their own. */
export const flushRuleset: Check = {
  name: "flush-ruleset",
  fault: "in the way",
  needs: [],
  look({ picture: { flushes, units, tables } }) {
    const unit = units.find(({ name }) => name === "nftables.service");
    const used = unit?.active === "active" || unit?.file === "enabled";
    const others = tables.filter(
      ({ name, chains }) =>
        /libvirt_network|docker/i.test(name) || [...chains.keys()].some((chain) => /^(LIBVIRT_|DOCKER)/.test(chain)),
    );
    const [file] = flushes;
    if (!used || !file || others.length === 0) return [];
    const evidence = `nftables.service is ${unit.active === "active" ? "active" : "enabled"}, and ${file}: its reload deletes ${others.map(({ name }) => `table ${name}`).join(", ")}`;
    const fix = `In ${file.split(":")[0]} flush your own tables alone (flush table inet NAME)`;
    return [{ verdict: "warning", subject: "nftables.service", evidence, fix }];
  },
};

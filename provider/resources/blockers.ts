/** Something on the host that keeps guests from the outside, and how to let them through. */
export interface Blocker {
  by: string;
  rule: string;
  fix: string;
}

/** What lets guests through each of the firewalls that the runtime knows by name. */
const fixes: Record<string, string> = {
  docker: "iptables -I DOCKER-USER -j ACCEPT for the bridge, or start dockerd with ip-forward-no-drop",
  firewalld: "firewall-cmd --permanent --zone=trusted --add-interface=BRIDGE",
  ufw: "ufw route allow in on BRIDGE",
};

/** Reads the runtime's `blockers` reading: `NAME<tab>RULE` a line. */
export function parseBlockers(reading: string): Blocker[] {
  return reading
    .split("\n")
    .filter((line) => line.includes("\t"))
    .map((line) => {
      const [by = "", rule = ""] = line.split("\t");
      return { by, rule, fix: fixes[by] ?? "let packets of the bridge pass there" };
    });
}

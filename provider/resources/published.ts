/** A port that a program on the host publishes for a container: it is led away before the host's input is asked. */
export interface Published {
  by: string;
  protocol: string;
  /** Unset: any of the host's. */
  address?: string;
  port: string;
  target: string;
}

const names: Record<string, string> = { docker: "Docker", podman: "Podman" };

/** Reads the runtime's `published` reading. */
export function parsePublished(reading: string): Published[] {
  return reading.split("\n").flatMap((line) => {
    const form = /^(docker|podman) ([a-z]{1,8}) (\*|[0-9a-f.:]{2,39}) ([0-9-]{1,11}) ([0-9a-f.:[\]-]{2,60})$/;
    const [, by = "", protocol = "", address, port = "", target = ""] = form.exec(line) ?? [];
    if (address === undefined) return [];
    return [{ by, protocol, port, target, ...(address !== "*" && { address }) }];
  });
}

/** What somebody who closes a host's input may not expect. */
export function publishedCautions(published: readonly Published[], hostName: string): string[] {
  return Object.entries(names).flatMap(([by, name]) => {
    const ports = published
      .filter((one) => one.by === by)
      .map(({ protocol, address, port, target }) => `${protocol} ${address ? `${address}:` : ""}${port} (${target})`);
    if (ports.length === 0) return [];
    return [
      `${name} publishes ${ports.join(", ")} on ${hostName}. What comes for these is forwarded, and a HostFirewall does not see it. ` +
        "Set filterPublished to have ingress decide about them, or publish them on 127.0.0.1 where nobody else needs them.",
    ];
  });
}

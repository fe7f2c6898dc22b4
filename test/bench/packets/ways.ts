/** Ways to have so many ports of a host lead to a guest: ours, and the recipes that people copy by hand. */
import type { QuickHost } from "../../lab/quick/index.ts";
import type { Stack } from "../../lab/stack.ts";
import { program, succeeded } from "../../lab/testbed.ts";

export const GUEST = "10.10.10.10";
export const FIRST = 20_000;

export interface Way {
  name: string;
  /** Sets up `count` ports from `FIRST` on, instead of those before. @throws if that fails. */
  lead(count: number): Promise<void>;
  /** Takes them away. */
  end(): Promise<void>;
}

/** As few resources as may hold so many ports: it is the kernel that is measured. */
export function ours(stack: Stack): Way {
  return {
    name: "ours",
    async lead(count) {
      const ranges: string[] = [];
      for (let at = 0; at < count; at += 4_000) {
        ranges.push(`${FIRST + at}-${FIRST + Math.min(count, at + 4_000) - 1}`);
      }
      const body = ranges.map(
        (range, n) =>
          `new kvmnet.PortForward("many${n}", { network: "br0", target: "${GUEST}", protocol: "udp", ports: ["${range}"] });`,
      );
      await stack.write(program(body.join("\n")));
      succeeded(await stack.up());
    },
    end: async () => void succeeded(await stack.destroy()),
  };
}

export function nftRules(host: QuickHost): Way {
  const table = "table ip byhand";
  return {
    name: "one nft rule each",
    async lead(count) {
      const rules = ports(count).map((port) => `udp dport ${port} dnat to ${GUEST}:${port}`);
      const chain = `chain pre { type nat hook prerouting priority dstnat; ${rules.join("\n")}\n}`;
      await host.exec("nft -f -", { input: `${table}\ndelete ${table}\n${table} {\n${chain}\n}\n` });
    },
    end: async () => void (await host.exec(`nft delete ${table}`)),
  };
}

export function iptablesRules(host: QuickHost): Way {
  return {
    name: "one iptables rule each",
    async lead(count) {
      const rules = ports(count).map(
        (port) => `-A PREROUTING -p udp --dport ${port} -j DNAT --to-destination ${GUEST}:${port}`,
      );
      await host.exec("iptables-restore", { input: `*nat\n${rules.join("\n")}\nCOMMIT\n` });
    },
    end: async () => void (await host.exec("iptables -t nat -F")),
  };
}

function ports(count: number): number[] {
  return Array.from({ length: count }, (_, n) => FIRST + n);
}

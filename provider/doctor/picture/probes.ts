/** What the questions of `look/probes.sh` brought. */
export interface Probes {
  readonly gateways: readonly { link: string; address: string; answers: boolean; neighbour: string }[];
  /** Pings of a gateway with a bridge's address as their source. */
  readonly from: readonly { address: string; gateway: string; answers: boolean }[];
  readonly dns: readonly DnsProbe[];
  /** Whether programs on the host find a name; absent when it could not be asked. */
  readonly resolves?: boolean;
  /** The kernel's word on the way of a guest's packets, and of the answers to them. */
  readonly ways: readonly Way[];
}

export interface DnsProbe {
  readonly server: string;
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, `OTHER`, `silent`. */
  readonly answer: string;
  /** Whether it answers a ping; absent when that could not be asked. */
  readonly pings?: boolean;
}

export interface Way {
  readonly direction: "out" | "back";
  readonly bridge: string;
  readonly guest: string;
  readonly uplink: string;
  readonly words: string;
}

/** Reads the lines; what is none of them is passed over. */
export function parseProbes(lines: readonly string[]): Probes {
  const words = lines.map((line) => line.split(" "));
  const of = (kind: string) => words.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const [resolves] = of("resolve");
  return {
    gateways: of("gateway").map(([link = "", address = "", answer, neighbour = ""]) => ({
      ...{ link, address, neighbour, answers: answer === "answers" },
    })),
    from: of("from").map(([address = "", gateway = "", answer]) => ({
      address,
      gateway,
      answers: answer === "answers",
    })),
    dns: of("dns").map(([server = "", answer = "", ping]) => ({
      ...{ server, answer },
      ...(ping !== undefined && ping !== "-" && { pings: ping === "answers" }),
    })),
    ...(resolves && { resolves: resolves[0] === "ok" }),
    ways: lines.flatMap((line) => {
      const [, direction, bridge = "", guest = "", uplink = "", said = ""] =
        /^(out|back) (\S+) (\S+) (\S+): (.*)$/.exec(line) ?? [];
      return direction === "out" || direction === "back"
        ? [{ direction, bridge, guest, uplink, words: said.trim() }]
        : [];
    }),
  };
}

import { describe, expect, test } from "vitest";
import { bounds, covers, maskLength, overlaps, prefixOf, within } from "../../../provider/doctor/packets/addresses.ts";
import { parseIptables } from "../../../provider/doctor/packets/iptables.ts";
import { parseNft } from "../../../provider/doctor/packets/nft.ts";
import { dropped, type Packet, translations } from "../../../provider/doctor/packets/walk.ts";
import { passes } from "../../../provider/doctor/passes.ts";
import type { Picture } from "../../../provider/doctor/picture/picture.ts";

const packet: Packet = {
  ...{ in: "br0", out: "eth0", from: "10.0.0.2", to: "8.8.8.8", protocol: "tcp", fromPort: 40000, toPort: 443 },
  ...{ state: "new", dnat: false, local: false },
};
const forward = (...rules: string[]) =>
  parseIptables(["*filter", ":FORWARD DROP [0:0]", ":USER - [0:0]", ":ELSE - [0:0]", ...rules, "COMMIT"], "iptables");
const verdict = (tables: ReturnType<typeof forward>, one = packet) => dropped(tables, ["forward"], one);

describe("iptables", () => {
  test.each([
    ["-A FORWARD -i br0 -j ACCEPT", true],
    ["-A FORWARD -i br+ -s 10.0.0.0/24 ! -d 10.0.0.0/24 -o eth0 -j ACCEPT", true],
    ["-A FORWARD -p tcp -m tcp --dport 400:500 -j ACCEPT", true],
    ["-A FORWARD -p tcp -m multiport --dports 80,443 -m conntrack --ctstate NEW -j ACCEPT", true],
    ['-A FORWARD -i br0 -m comment --comment "drop -j DROP" -j ACCEPT', true],
    ["-A FORWARD ! -i br0 -j ACCEPT", false],
    ["-A FORWARD -i br0 -p udp -j ACCEPT", false],
    ["-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", false],
    ["-A FORWARD -i br0 -j LOG --log-prefix x", false],
    ["-A FORWARD -i br0 -j USER\n-A USER -j RETURN", false],
    ["-A FORWARD -i br0 -j USER\n-A USER -j ELSE\n-A ELSE -j ACCEPT", true],
    ["-A FORWARD -i br0 -g USER\n-A FORWARD -j ACCEPT", false],
    // Whether it holds cannot be known from here, so nobody is accused.
    ["-A FORWARD -m set --match-set friends src -j ACCEPT", true],
    ["-A FORWARD -i br0 -m limit --limit 1/sec -j USER\n-A USER -j ACCEPT", true],
    ["-A FORWARD -m set --match-set foes src -j DROP\n-A FORWARD -i br0 -j ACCEPT", true],
    ["-A FORWARD -i br0 -j DROP\n-A FORWARD -i br0 -j ACCEPT", false],
  ])("%s", (rules, passes) => {
    expect(verdict(forward(...rules.split("\n")))?.verdict).toBe(passes ? undefined : "drop");
  });
  test.each([
    ["-A FORWARD -i br0 -j ACCEPT", "ok", "it passes"],
    ["-A FORWARD -m set --match-set friends src -j ACCEPT", "unknown", /cannot be judged: .*FORWARD/],
    ["-A FORWARD -m set --match-set friends src -j ACCEPT\n-A FORWARD -j DROP", "unknown", /-A FORWARD -j DROP$/],
    ["-A FORWARD -m set --match-set foes src -j DROP\n-A FORWARD -i br0 -j ACCEPT", "ok", "it passes"],
  ])("what is said of %s, which drops nothing for sure: %s", (rules, verdict, evidence) => {
    const seen = { tables: forward(...rules.split("\n")), unseen: {} } as unknown as Picture;
    const said = passes(seen, ["forward"], packet, "it passes");
    expect(said).toEqual({
      verdict,
      evidence: typeof evidence === "string" ? evidence : expect.stringMatching(evidence),
    });
  });
  test.each([
    ["255.255.255.255", "BROADCAST"],
    ["224.0.0.251", "MULTICAST"],
    ["8.8.8.8", "UNICAST"],
  ])("%s is %s to it, and nothing else", (to, kind) => {
    const only = (word: string) => forward(`-A FORWARD -m addrtype --dst-type ${word} -j ACCEPT`);
    for (const word of ["BROADCAST", "MULTICAST", "UNICAST", "LOCAL"])
      expect(verdict(only(word), { ...packet, to })?.verdict, word).toBe(word === kind ? undefined : "drop");
  });
  test("an accept that comes too late is pointed at, over a jump too", () => {
    const fate = verdict(
      forward("-A FORWARD -i br0 -j USER", "-A FORWARD -i br0 -j ACCEPT", "-A USER -s 10.0.0.0/8 -j REJECT"),
    );
    expect(fate?.place?.rule?.text).toBe("-A USER -s 10.0.0.0/8 -j REJECT");
    expect(fate?.late?.rule?.text).toBe("-A FORWARD -i br0 -j ACCEPT");
  });
  test("translations are found, with what they counted; exemptions are none", () => {
    const nat = [
      "*nat",
      ":POSTROUTING ACCEPT [0:0]",
      "-A POSTROUTING -d 224.0.0.0/24 -j RETURN",
      "[7:420] -A POSTROUTING -s 10.0.0.0/24 -o eth0 -j MASQUERADE",
      "COMMIT",
    ];
    const found = (one: Packet) => translations(parseIptables(nat, "iptables"), one).map(({ rule }) => rule?.packets);
    expect(found(packet)).toEqual([7]);
    expect(found({ ...packet, to: "224.0.0.5" })).toEqual([]);
    expect(found({ ...packet, from: "10.0.1.2" })).toEqual([]);
  });
});

const nft = (expr: object[], more: object[] = []) =>
  parseNft(
    JSON.stringify({
      nftables: [
        { metainfo: { version: "1.0.6" } },
        {
          chain: {
            family: "inet",
            table: "t",
            name: "f",
            handle: 1,
            type: "filter",
            hook: "forward",
            prio: 0,
            policy: "drop",
          },
        },
        { chain: { family: "inet", table: "t", name: "g", handle: 2 } },
        ...more,
        { rule: { family: "inet", table: "t", chain: "f", handle: 3, expr } },
      ],
    }),
    'table inet t { # handle 1\n\tchain f { # handle 1\n\t\tiifname "br0" counter packets 5 bytes 9 accept # handle 3\n\t}\n}',
  ) ?? [];
const match = (left: object, right: unknown, op = "==") => ({ match: { op, left, right } });
const meta = (key: string) => ({ meta: { key } });
const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
const accept = { accept: null };

describe("nftables", () => {
  test.each([
    [[match(meta("iifname"), "br0"), accept], true],
    [[match(meta("iifname"), { set: ["br1", "br0"] }), accept], true],
    [[match(meta("iifname"), "br0", "!="), accept], false],
    // An index that no interface has any more.
    [[match(meta("iif"), 17), accept], false],
    [[match(payload("ip", "saddr"), { prefix: { addr: "10.0.0.0", len: 24 } }), accept], true],
    [[match(payload("ip", "daddr"), { range: ["8.8.0.0", "8.8.9.9"] }), accept], true],
    [[match(payload("ip6", "saddr"), "fe80::1"), accept], false],
    [[match(meta("nfproto"), "ipv6"), accept], false],
    [[match(meta("nfproto"), "ipv4"), accept], true],
    [[match(payload("tcp", "dport"), { set: [80, { range: [400, 500] }] }), accept], true],
    [[match(payload("udp", "dport"), 443), accept], false],
    [[match({ ct: { key: "state" } }, ["established", "related"], "in"), accept], false],
    [[match({ ct: { key: "status" } }, "dnat"), accept], false],
    [[match(payload("icmp", "type"), "echo-request"), accept], false],
    [
      [
        {
          vmap: {
            key: { ct: { key: "state" } },
            data: {
              set: [
                ["established", accept],
                ["new", { jump: { target: "g" } }],
              ],
            },
          },
        },
      ],
      false,
    ],
    [[{ vmap: { key: { ct: { key: "state" } }, data: { set: [["new", accept]] } } }], true],
    [[match(payload("ip", "saddr"), "@none"), accept], false],
    [[match(payload("ip", "saddr"), "@some"), accept], true],
    [[match(meta("mark"), 7), accept], true],
    [[{ limit: { rate: 1, per: "second" } }, accept], true],
    [[{ counter: { packets: 1, bytes: 1 } }, { log: null }, { queue: {} }], true],
  ] as [object[], boolean][])("%j", (expr, passes) => {
    const sets = [
      { set: { family: "inet", table: "t", name: "none", handle: 8 } },
      {
        set: { family: "inet", table: "t", name: "some", handle: 9, elem: [{ elem: { val: "10.0.0.2", timeout: 5 } }] },
      },
    ];
    expect(verdict(nft(expr, sets))?.verdict).toBe(passes ? undefined : "drop");
  });
  test("a rule's text is that of the listing, without what it counted", () => {
    const [table] = nft([match(meta("iifname"), "br0"), { counter: { packets: 5, bytes: 9 } }, accept]);
    expect(table?.chains.get("f")?.rules).toMatchObject([{ text: 'iifname "br0" accept', packets: 5 }]);
  });
  test("another table's drop is final", () => {
    expect(verdict([...nft([accept]), ...forward()])?.place?.table.name).toBe("ip filter");
  });
  test("forwards are read from rules and from maps", () => {
    const map = {
      map: {
        family: "inet",
        table: "t",
        name: "m",
        handle: 7,
        elem: [[{ concat: ["tcp", 443] }, { concat: ["10.0.0.9", 8443] }]],
      },
    };
    const key = { concat: [meta("l4proto"), payload("th", "dport")] };
    const [table] = nft([{ dnat: { family: "ip", addr: { map: { key, data: "@m" } } } }], [map]);
    expect(table?.chains.get("f")?.rules[0]?.does).toMatchObject({
      verb: "dnat",
      targets: [{ to: "10.0.0.9", targetPort: "8443", protocol: "tcp", port: "443" }],
    });
  });
  test("a forward to one of several is read as all of them, each for some", () => {
    const elements = [
      [{ concat: [0, "tcp", 443] }, "10.0.0.8"],
      [{ concat: [1, "tcp", 443] }, "10.0.0.9"],
    ];
    const map = { map: { family: "inet", table: "t", name: "m", handle: 7, elem: elements } };
    const ports = {
      map: { family: "inet", table: "t", name: "p", handle: 8, elem: [[{ concat: ["tcp", 443] }, 8443]] },
    };
    const dialled = [meta("l4proto"), payload("th", "dport")];
    const slot = { jhash: { mod: 2, seed: 75, expr: payload("ip", "saddr") } };
    const addr = { map: { key: { concat: [slot, ...dialled] }, data: "@m" } };
    const port = { map: { key: { concat: dialled }, data: "@p" } };
    const [table] = nft([{ dnat: { family: "ip", addr, port } }], [map, ports]);
    const to = { targetPort: "8443", protocol: "tcp", port: "443", narrowed: true };
    expect(table?.chains.get("f")?.rules[0]?.does).toMatchObject({
      verb: "dnat",
      targets: [
        { to: "10.0.0.8", ...to },
        { to: "10.0.0.9", ...to },
      ],
    });
  });
  test("what is no listing is not read", () => {
    expect(parseNft("failed: 127", "")).toBe(undefined);
    expect(parseNft('{"nftables": [{"rule": {}}]}', "")).toBe(undefined);
  });
});

test("addresses", () => {
  expect([bounds("10.0.0.5/30"), bounds("x"), bounds("10.0.0.1-10.0.0.3")]).toEqual([
    [167772164, 167772167],
    undefined,
    [167772161, 167772163],
  ]);
  expect([
    within("10.0.0.2", "10.0.0.0/255.255.255.0"),
    within("10.0.1.2", "10.0.0.0/24"),
    within("999.0.0.1", "0.0.0.0/0"),
  ]).toEqual([true, false, false]);
  expect([
    covers("10.0.0.0/8", "10.1.0.0/16"),
    covers("10.1.0.0/16", "10.0.0.0/8"),
    overlaps("10.0.0.0/8", "10.1.0.0/16"),
  ]).toEqual([true, false, true]);
  expect([maskLength("255.255.252.0"), prefixOf("192.168.100.7", 22)]).toEqual([22, "192.168.100.0/22"]);
});

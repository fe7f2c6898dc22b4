import { expect, test } from "vitest";
import { dhcpOption, forwardersOf, parseDnsmasq, rangesOf, serves } from "../../../provider/doctor/picture/dnsmasq.ts";
import { hears, parseListeners } from "../../../provider/doctor/picture/programs.ts";
import { all, one, parseXml } from "../../../provider/doctor/picture/xml.ts";

test("libvirt's XML", () => {
  const network = parseXml(
    "<network connections='1'>\n <name>a &lt;b&gt; &#x41;&#66;</name>\n <!-- <ip/> -->\n <ip address=\"10.0.0.1\"/><ip/></network>",
  );
  expect(one(network, "name")?.text).toBe("a <b> AB");
  expect(network?.attributes).toEqual({ connections: "1" });
  expect(all(network, "ip").map(({ attributes }) => attributes.address)).toEqual(["10.0.0.1", undefined]);
});
test.each(["", "x", "<a>", "<a></b>", "<a><b></a></b>", "</a>", "<a x=1/>", "<a>".repeat(5000)])(
  "%.20s is no document",
  (text) => {
    expect(parseXml(text)).toBe(undefined);
  },
);

test("a dnsmasq's settings, leases and reservations", () => {
  const dnsmasq = parseDnsmasq(7, [
    ...[
      "arg --interface=br0",
      "conf dhcp-range=set:a,10.0.0.10,10.0.0.20,255.255.255.0,1h",
      "conf dhcp-range=fd00::10,fd00::20",
    ],
    ...["conf dhcp-option=tag:a,option:router,10.0.0.1", "conf server=/corp/10.9.9.9", "conf server=9.9.9.9#5353"],
    ...["host 52:54:00:00:00:01,10.0.0.9,web", "host # none", "lease 1795301742 52:54:00:00:00:02 10.0.0.11 * *"],
  ]);
  expect(rangesOf(dnsmasq)).toEqual([{ first: "10.0.0.10", last: "10.0.0.20" }]);
  expect([dhcpOption(dnsmasq, 3, "router"), dhcpOption(dnsmasq, 6, "dns-server")]).toEqual([["10.0.0.1"], undefined]);
  expect(forwardersOf(dnsmasq)).toEqual(["9.9.9.9"]);
  expect([serves(dnsmasq, "br0"), serves(dnsmasq, "br1")]).toEqual([true, false]);
  expect(dnsmasq.reservations).toEqual([{ mac: "52:54:00:00:00:01", address: "10.0.0.9", hostname: "web" }]);
  expect(dnsmasq.leases).toMatchObject([{ mac: "52:54:00:00:00:02", address: "10.0.0.11" }]);
});

test("sockets, as ss prints them", () => {
  const sockets = parseListeners([
    'udp UNCONN 0 0 0.0.0.0%virbr0:67 0.0.0.0:* users:(("dnsmasq",pid=241,fd=3))',
    "tcp LISTEN 0 128 [::]:22 [::]:*",
    'udp UNCONN 0 0 [fe80::1]%br0:53 [::]:* users:(("dnsmasq",pid=9,fd=3))',
    'udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:* users:(("systemd-resolve",pid=5,fd=3))',
    "tcp LISTEN 0 128 *:80 *:*",
    "noise",
  ]);
  expect(sockets.map(({ address, link, port }) => [address, link, port])).toEqual([
    ["0.0.0.0", "virbr0", 67],
    ["::", undefined, 22],
    ["fe80::1", "br0", 53],
    ["127.0.0.53", "lo", 53],
    ["*", undefined, 80],
  ]);
  const [dhcp] = sockets;
  expect([dhcp && hears(dhcp, "virbr0", "10.0.0.1"), dhcp && hears(dhcp, "br0", "10.0.0.1")]).toEqual([true, false]);
});

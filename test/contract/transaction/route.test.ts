import { afterAll, beforeAll, expect, test } from "vitest";
import { runtime } from "../../../provider/host/runtime.ts";
import { QuickHost } from "../../lab/quick/index.ts";

/** Networks that cannot be a link's, as the host sees it, by whoever is connected from wherever. */
let host: QuickHost;
beforeAll(async () => {
  host = await QuickHost.start({ name: "route" });
});
afterAll(() => host?.stop());

const overlapped = async (client: string, network: string, link = "br0") => {
  const asked = `KV_W=/tmp KVMNET_SSH='${client} 50000 198.51.100.2 22'; expect_route ${network} ${link}`;
  return (await host.exec("exec sh -s", { input: `${runtime().text}\n${asked}\n`, mayFail: true })).stdout.trim();
};

test("a network in which the SSH client is, behind a router, would cut it off", async () => {
  expect(await overlapped("10.8.0.6", "10.8.0.0/24")).toBe("10.8.0.6 dev eth0, from where you are connected");
  expect(await overlapped("10.8.0.6", "10.8.0.0/29", "eth0")).toBe("");
  expect(await overlapped("10.8.0.6", "10.8.1.0/24")).toBe("");
  expect(await overlapped("2001:db8::6", "10.8.0.0/24")).toBe("");
  expect(await overlapped("198.51.100.1", "198.51.100.0/25")).toBe("198.51.100.0/24 dev eth0");
});

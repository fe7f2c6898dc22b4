/** A user's unit test of a program, as it would be written outside of this repository. */
import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";
import { mocks } from "pulumi-kvmnet/testing";
import { test } from "vitest";

const host = mocks({ hosts: { hv1: { uplink: "enp3s0", firewall: "nftables", links: "networkd" }, "192.0.2.7": {} } });
await pulumi.runtime.setMocks(host, "homelab", "prod");

test("SSH is forwarded for the office only", async () => {
  await import("./programs/homelab.ts");
  const ssh = await host.resource("PortForward", "ssh");
  assert.deepEqual(ssh.inputs.sourceRanges, ["198.51.100.0/24"]);
  assert.match(ssh.plan["elements inet kvmnet_lab ssh"] ?? "", /tcp \. 2222 : 10\.10\.10\.20 \. 22/);
});

test("guests have the addresses that the forwards lead to", async () => {
  const web = await host.resource("VmInterface", "web");
  assert.deepEqual([web.inputs.bridge, web.inputs.dhcp, web.inputs.address], ["lab", "lab", "10.10.10.20"]);
  const { inputs } = await host.resource("PortForward", "rtp");
  assert.equal(inputs.target, "10.10.10.21");
});

test("the host may come from the configuration, and a connection object stays a secret", async () => {
  pulumi.runtime.setConfig("kvmnet:host", "hv1");
  const configured = new kvmnet.Bridge("br1");
  const connected = new kvmnet.Bridge("br2", { host: { host: "192.0.2.7", password: "hunter2" } });
  assert.equal((await host.resource("Bridge", "br1")).inputs.host, "hv1");
  assert.ok((await host.resource("Bridge", "br2")).plan["link br2"]);
  assert.deepEqual(await Promise.all([configured.host, connected.host].map(pulumi.isSecret)), [false, true]);
});

// `@pulumi/command` beside us, with one connection object for both. It verifies the host's key only when `hostKey` is set;
// ours always does, and would look in known_hosts without it.
import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";

const config = new pulumi.Config();

const connection: types.input.remote.ConnectionArgs = {
  host: config.require("address"),
  port: config.getNumber("port") ?? 22,
  user: config.get("user") ?? "root",
  privateKey: config.requireSecret("privateKey"),
  hostKey: config.require("hostKey"),
};

const bridge = new kvmnet.Bridge("cmd0", { host: connection, addresses: ["10.20.30.1/24"] });

export const listed = new remote.Command(
  "bridges",
  { connection, create: "ip -brief link show type bridge" },
  { dependsOn: bridge },
).stdout;

// `@pulumi/command` beside us, sharing its connection object: ours checks the host key against known_hosts, which the
// other does only when `hostKey` is set.
import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";

const config = new pulumi.Config();

const connection: types.input.remote.ConnectionArgs = {
  host: config.require("address"),
  port: config.getNumber("port") ?? 22,
  user: config.get("user") ?? "root",
  privateKey: config.requireSecret("privateKey"),
};

const bridge = new kvmnet.Bridge("cmd0", {
  host: { ...connection, hostKey: config.require("hostKey") },
  addresses: ["10.20.30.1/24"],
});

export const listed = new remote.Command(
  "bridges",
  { connection, create: "ip -brief link show type bridge" },
  { dependsOn: bridge },
).stdout;

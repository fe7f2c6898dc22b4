import { rootProgram } from "../provider/host/hello.ts";
import { type Command, UsageError } from "./command.ts";

/**
 * Names that useradd(8) makes, capitals and `@` of directory services with them. No blank, quote, comma or backslash,
 * and nothing that sudoers(5) takes for a group (`%`), a netgroup (`+`) or a number (`#`) at its beginning.
 */
const userName = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,255}\$?$/;

/** `SSH_CONNECTION`: address and port of the client, address and port of the server. */
const connection = ["[0-9a-f\\:]*", "[0-9]*", "[0-9a-f\\:]*", "[0-9]*"].join(" ");

/** `npx kvmnet sudoers USER`: the narrowest entry for a user other than root that the product works with. */
export const sudoers: Command = {
  name: "sudoers",
  synopsis: "sudoers USER",
  purpose: "print the narrowest sudoers entry with which USER can be the one that logs in to a host",
  run(args) {
    const [user, ...more] = args;
    if (user === undefined || more.length) throw new UsageError("sudoers takes one user name");
    return { text: sudoersEntry(user), exitCode: 0 };
  },
};

/** The text of the entry. Throws a `UsageError` on what is no user's name, or needs no entry. */
export function sudoersEntry(user: string): string {
  if (!userName.test(user)) throw new UsageError(`${JSON.stringify(user)} is no name that a sudoers entry can hold`);
  if (user === "root") throw new UsageError("root needs no sudoers entry");
  const alias = `KVMNET_${user.replace(/[^a-z0-9]/g, (other) => `_${hex(other)}_`).toUpperCase()}`;
  const file = `/etc/sudoers.d/kvmnet-${user.replace(/[^A-Za-z0-9_-]/g, "_")}`;
  return `# Lets ${user} log in for pulumi-kvmnet. Install it with: visudo -f ${file}
#
# This is root in effect: what is allowed is a root shell that reads its program from the SSH connection, and a program
# that builds networks could not do with less (it writes units and loads rules). Keep ${user}'s key as you would root's.
# What it does hold back: any other command, and any other user to run it as.
Cmnd_Alias ${alias} = ${rootProgram} ${connection}
Defaults!${alias} !requiretty
"${user}" ALL=(root) NOPASSWD: ${alias}
`;
}

/** An alias is capitals, digits and `_`, and two users must not share one. */
function hex(character: string): string {
  return Buffer.from(character).toString("hex");
}

import type { Destination } from "./destination.ts";
import type { Runtime } from "./runtime.ts";

/**
 * What sudo has to start, without the addresses and ports that follow: a shell that takes nothing but its standard input
 * for a program. `npx kvmnet sudoers` allows exactly this.
 */
export const rootProgram = "/bin/sh -s --";

/**
 * The command that gives a root shell which reads from its standard input. Whatever the login shell is (fish and tcsh
 * too), it understands this much: `exec`, and one word in single quotes with none of `'`, `!`, `\` and newline inside.
 * sudo drops SSH_CONNECTION (addresses and ports: safe to split), so it goes along as arguments.
 */
export function rootShell({ become }: Pick<Destination, "become">, nonce: string): string {
  const asks = become?.password !== undefined;
  const shell = `${rootProgram} $SSH_CONNECTION`;
  // Without a greeting nobody could tell whether sudo waits for a password or the shell for commands.
  const start = asks ? `/bin/sh -c "echo; echo ${nonce} shell; exec ${shell}"` : shell;
  const sudo = asks ? `sudo -S -p ${nonce}-prompt` : "sudo -n";
  const script = `LC_ALL=C; export LC_ALL; if [ "$(id -u)" = 0 ]; then exec ${start}; else exec ${sudo} ${start}; fi`;
  return `exec /bin/sh -c '${script}'`;
}

/** An environment like every host's. */
const environment = [
  "LC_ALL=C LANG=C; export LC_ALL LANG",
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH",
  'KVMNET_SSH="$*"; [ -n "$KVMNET_SSH" ] || KVMNET_SSH=$SSH_CONNECTION; export KVMNET_SSH; set --',
  "umask 022; cd /",
];

/** First lines for the shell: the environment, and whether the runtime is there. */
export function hello({ version }: Runtime, nonce: string): string {
  const file = `/run/kvmnet/runtime-${version}.sh`;
  return [
    ...environment,
    `if [ -r ${file} ]; then . ${file}; printf '\\n%s\\n' '${nonce} ready'`,
    // It swallows the request that comes along.
    `else kvmnet_request() { cat > /dev/null; }; printf '\\n%s\\n' '${nonce} missing'; fi`,
    "",
  ].join("\n");
}

/** Puts the runtime in place and loads it. Two clients may do so at once. */
export function upload({ version, text }: Runtime, nonce: string): string {
  const dir = "/run/kvmnet";
  const file = `${dir}/runtime-${version}.sh`;
  return [
    `mkdir -p ${dir} && chmod 700 ${dir} && (umask 077 && cat > ${dir}/.${nonce}) <<'${nonce}-END'`,
    `${text.replace(/\n$/, "")}`,
    `${nonce}-END`,
    `if mv -f ${dir}/.${nonce} ${file}; then . ${file}; printf '\\n%s\\n' '${nonce} loaded'`,
    `else rm -f ${dir}/.${nonce}; printf '\\n%s\\n' '${nonce} failed'; fi`,
    "",
  ].join("\n");
}

/** A request, as a here-document: the shell takes it whole before it starts anything. */
export function request(id: string, text: string): string {
  return `kvmnet_request ${id} <<'KVMNET-${id}'\n${text.endsWith("\n") ? text : `${text}\n`}KVMNET-${id}\n`;
}

/** A program that only looks: the shell takes its functions in and calls one, and nothing is installed. */
export function look(program: string, id: string): string {
  return [...environment, program, `kvmnet_look ${id} < /dev/null 2> /dev/null`, ""].join("\n");
}

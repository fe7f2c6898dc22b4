import { KvmnetError } from "../model/error.ts";
import type { Destination } from "./destination.ts";
import { printable } from "./words.ts";

/** The error for a host that gave no root shell, from what it said instead. */
export function noShell(destination: Destination, said: { stdout: string; stderr: string }): KvmnetError {
  const { name, user, become } = destination;
  const lines = `${said.stdout}\n${said.stderr}`
    .split(/\r?\n/)
    .map((line) => masked(line.trim(), become?.password))
    .filter(Boolean);
  const sudo = lines.filter((line) => /^sudo:|sudoers|not allowed to (execute|run)|^sorry,/i.test(line));
  const wrong = sudo.find((line) => /^sorry, try again/i.test(line));
  const words = (wrong ?? sudo.at(-1))?.replace(/^sudo: /, "");
  if (words === undefined) {
    const message = `host: ${name} gives ${user} no shell: ${JSON.stringify(lines.slice(-3).join(" ").slice(-300))}`;
    return new KvmnetError({
      code: "invalid-args",
      host: name,
      message,
      nextStep: "Check the login shell of the user.",
    });
  }
  const message = `host: ${user} may not use sudo on ${name}: ${JSON.stringify(words.slice(0, 300))}`;
  return new KvmnetError({ code: "invalid-args", host: name, message, nextStep: remedy(words, destination) });
}

function remedy(words: string, { user, become }: Destination): string {
  if (/try again|incorrect password/i.test(words)) return "Check become.password.";
  if (/not found/i.test(words)) return "Install sudo there, or log in as root.";
  if (/\btty\b/i.test(words)) return "Take requiretty out of its sudoers, or log in as root.";
  if (/password/i.test(words) && become?.password === undefined) return 'Set become: { method: "sudo", password }.';
  return `Let ${user} use sudo there, or log in as root.`;
}

/** Whatever a host does with a password, it is not repeated. */
function masked(line: string, password: string | undefined): string {
  return printable(password ? line.replaceAll(password, "[secret]") : line);
}

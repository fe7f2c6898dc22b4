/** Why a request got no answer, as the user reads it. */
import { KvmnetError } from "../model/error.ts";
import type { Channel, Lost } from "./channel.ts";
import type { Destination } from "./destination.ts";
import { limits } from "./limits.ts";
import type { Wanted } from "./requests.ts";

function unreachable({ name }: Destination, message: string, nextStep?: string): KvmnetError {
  return new KvmnetError({ code: "unreachable", host: name, message, nextStep });
}

/** What is told when a change may or may not have been made. */
const open = "Whether the change was made is not known; the next operation on the host finds out.";

/** Logged in, but no root shell came. */
export function noShellYet(way: Destination): KvmnetError {
  const seconds = limits.shellMs / 1000;
  return unreachable(way, `${way.name} lets ${way.user} log in, but gives no shell within ${seconds} s.`);
}

/** Lost again and again before it was of any use. */
export function lostEarly(way: Destination, { message }: Lost): KvmnetError {
  return unreachable(way, `The connection to ${way.name} is lost as soon as it is made${message && `: ${message}`}`);
}

/** The deadline of a request has passed. */
export function late({ connection }: Channel, { deadlineMs, changes }: Wanted): KvmnetError {
  const { destination } = connection;
  const message = `${destination.name} did not answer within ${Math.round(deadlineMs / 1000)} s.`;
  return unreachable(destination, message, changes ? open : undefined);
}

/** Lost in the middle of a request, and no other connection could be had. `error` says why. */
export function gone(error: KvmnetError, { changes }: Wanted): KvmnetError {
  const { host, cause } = error;
  const message = `The connection to ${host} was lost in the middle of a request: ${error.message}`;
  return new KvmnetError({ code: "unreachable", host, message, cause, nextStep: changes ? open : undefined });
}

/** The shell on the host ends whenever it is given this request. */
export function dying({ connection }: Channel, error: Lost, { changes }: Wanted): KvmnetError {
  const { name } = connection.destination;
  const words = error.message && `: ${error.message}`;
  const message = `The connection to ${name} was lost ${limits.shellDeaths} times in one request${words}`;
  return new KvmnetError({ code: "unreachable", host: name, message, nextStep: changes ? open : undefined });
}

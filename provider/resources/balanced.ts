import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { Group, HealthCheck } from "../model/nouns/forward.ts";
import type { Expectation } from "../model/resource.ts";
import { portCount, writePort, writeSocket } from "../model/values/port.ts";
import { type Entry, MOST_PORTS } from "./forwarded-ports.ts";
import { mixedMistakes } from "./target.ts";

/** So that what an unhealthy one had is shared out evenly, the kernel has a slot for each pair of them. */
const MOST_TARGETS = 16;

const seconds = (least: number, most: number) =>
  z.int({ error: "is not a whole number of seconds" }).min(least).max(most);
const threshold = z.int().min(1).max(100);

export const balance = z.enum(["source-hash", "random"]);

export const healthCheck = z.strictObject({
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("Of the targets, TCP. Default: where the first TCP port of `ports` leads."),
  periodSeconds: seconds(1, 3600).optional().describe("Seconds from one look to the next. Default: 5."),
  timeoutSeconds: seconds(1, 3600).optional().describe("Seconds that a connection may take. Default: 2."),
  failureThreshold: threshold.optional().describe("In a row, until a target is left out. Default: 3."),
  successThreshold: threshold.optional().describe("In a row, until it is led to again. Default: 2."),
});

/** What a PortForward to a list of targets says of them. */
export interface Balanced {
  readonly targets: readonly string[];
  readonly balance?: z.output<typeof balance> | undefined;
  readonly healthCheck?: z.output<typeof healthCheck> | undefined;
}

/** How a group is balanced, with defaults filled in. */
export function balanceOf(given: Balanced, entries: readonly Entry[]): Pick<Group, "balance" | "healthCheck"> {
  const { balance: by = "source-hash", healthCheck: check } = given;
  return { balance: by, ...(check && { healthCheck: completed(check, entries) }) };
}

function completed(check: NonNullable<Balanced["healthCheck"]>, entries: readonly Entry[]): HealthCheck {
  const { periodSeconds = 5, failureThreshold = 3, successThreshold = 2 } = check;
  const { timeoutSeconds = Math.min(2, periodSeconds), port = firstStream(entries) ?? 0 } = check;
  return { port, periodSeconds, timeoutSeconds, failureThreshold, successThreshold };
}

/** What is wrong with a list of targets and how it is balanced, but for each target by itself. */
export function balanceMistakes(given: Balanced, entries: readonly Entry[]): Mistake[] {
  const { targets, healthCheck: check } = given;
  return [
    ...targets.flatMap((target, index) =>
      targets.indexOf(target) === index
        ? []
        : [
            {
              path: `target[${index}]`,
              text: `${target} is in target[${targets.indexOf(target)}] already. Name each guest once.`,
            },
          ],
    ),
    ...mixedMistakes("target", targets, targets[0] ?? ""),
    ...numberMistakes(given, entries),
    ...(check ? checkMistakes(check, entries) : []),
  ];
}

/** What the host must have to look at targets. */
export function healthExpectations({ healthCheck: check }: Balanced): Expectation[] {
  if (!check) return [];
  return [
    {
      expect: ["program", "bash", "bash"],
      explain: (_, host) => ({
        path: "healthCheck",
        text: `bash, which connects to the targets, is not installed on ${host}. Run there: apt install bash`,
      }),
    },
  ];
}

function numberMistakes({ targets, healthCheck: check }: Balanced, entries: readonly Entry[]): Mistake[] {
  if (targets.length > MOST_TARGETS) {
    const text = `${targets.length} targets are more than the ${MOST_TARGETS} that one forward may have. Forward to fewer, or to a proxy.`;
    return [{ path: "target", text }];
  }
  const ports = entries.reduce((sum, { port }) => sum + portCount(port), 0);
  const slots = check ? targets.length * Math.max(1, targets.length - 1) : targets.length;
  if (ports > MOST_PORTS || ports * slots <= MOST_PORTS) return [];
  const text = `${ports} ports to ${targets.length} targets${check ? " that are looked after" : ""} are ${ports * slots} elements, more than the ${MOST_PORTS} that one forward may have. Forward fewer.`;
  return [{ path: "ports", text }];
}

function checkMistakes(check: NonNullable<Balanced["healthCheck"]>, entries: readonly Entry[]): Mistake[] {
  const { periodSeconds, timeoutSeconds } = completed(check, entries);
  const late = `${timeoutSeconds} is longer than periodSeconds, ${periodSeconds}: one look would run into the next. Set one of them otherwise.`;
  const none =
    "is missing: of udp alone it cannot be told whether a target is there. Name a TCP port that it answers on.";
  return [
    ...(timeoutSeconds > periodSeconds ? [{ path: "healthCheck.timeoutSeconds", text: late }] : []),
    ...(check.port === undefined && firstStream(entries) === undefined
      ? [{ path: "healthCheck.port", text: none }]
      : []),
  ];
}

function firstStream(entries: readonly Entry[]): number | undefined {
  return entries.find(({ protocol }) => protocol === "tcp")?.targetPort.first;
}

/** As messages and outputs name where a port leads: `10.0.0.5:80`, of several `10.0.0.5:80, 10.0.0.6:80`. */
export function writeTargets(targets: readonly string[], { targetPort }: Entry): string {
  return targets.map((target) => writeSocket(target, writePort(targetPort))).join(", ");
}

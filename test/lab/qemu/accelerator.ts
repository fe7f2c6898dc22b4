/** Whether this machine can run lab hosts on KVM. */
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { findProgram } from "../apt.ts";
import type { Image } from "../image/image.ts";

export type Accelerator = "kvm" | "tcg";

/**
 * QEMU's options for the processors that hosts have. Emulated, a plain one and the richest boot and work equally fast, and a
 * second one costs half as much again as the first does alone.
 */
export const PROCESSORS: Readonly<Record<Accelerator, readonly string[]>> = {
  kvm: ["-cpu", "max", "-smp", "2"],
  tcg: ["-cpu", "qemu64", "-smp", "1"],
};

/** How long a probe boot may take to print its first line, in milliseconds. */
const PROBE_MS = 10_000;

let found: Promise<Accelerator> | undefined;

/**
 * "kvm" where an ordinary kernel boots on it, else "tcg". `/dev/kvm` alone says little: under paravirtual nesting it is
 * there and the kernel hangs. `KVMNET_ACCEL` overrides.
 */
export function findAccelerator(image: Image): Promise<Accelerator> {
  const forced = process.env.KVMNET_ACCEL;
  if (forced === "kvm" || forced === "tcg") return Promise.resolve(forced);
  found ??= offered() ? probe(image) : Promise.resolve("tcg");
  return found;
}

function offered(): boolean {
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
  } catch {
    return false;
  }
  return ["kvm_intel", "kvm_amd"].some((name) => existsSync(`/sys/module/${name}`));
}

/** Boots the kernel without a disk and waits for its first line. */
function probe(image: Image): Promise<Accelerator> {
  const qemu = findProgram("qemu-system-x86_64") ?? "qemu-system-x86_64";
  const machine = ["-M", "pc", "-accel", "kvm", ...PROCESSORS.kvm, "-m", "256", "-nodefaults", "-display", "none"];
  const boot = ["-serial", "stdio", "-no-reboot", "-kernel", image.kernel, "-append", "console=ttyS0 panic=-1"];
  const child = spawn(qemu, [...machine, ...boot], { stdio: ["ignore", "pipe", "ignore"] });
  return new Promise((resolve) => {
    let output = "";
    const decide = (accelerator: Accelerator) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      resolve(accelerator);
    };
    const timer = setTimeout(() => decide("tcg"), PROBE_MS);
    child.once("error", () => decide("tcg")).once("close", () => decide("tcg"));
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk;
      if (output.includes("Linux version")) decide("kvm");
    });
  });
}

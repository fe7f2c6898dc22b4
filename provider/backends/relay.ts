import type { Intercept } from "../model/nouns/forward.ts";
import { writeSocket } from "../model/values/port.ts";
import { addressOf, networkOf } from "../model/values/prefix.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";
import { header } from "./header.ts";
import { sandbox } from "./sandbox.ts";

/**
 * Units that take what guests were led to the bridge's address with, and pass it on to the host's loopback. The kernel takes
 * no packet for 127.0.0.0/8 from another machine (unless told to by route_localnet, which opens all of loopback to the whole
 * segment), so a program in between has to speak to both.
 */
export function renderRelays({ bridge, name, target, relays }: Intercept): Plan {
  if (!relays) return {};
  return Object.assign(
    {},
    ...relays.listeners.map(({ protocol, port, targetPort }) => {
      const unit = `kvmnet-relay-${bridge}:${name}:${protocol}:${targetPort}`;
      const relay = { unit, bridge, address: relays.address, port, target, targetPort };
      return protocol === "tcp" ? streams(relay) : names(relay);
    }),
  );
}

/** The relay that stands for a port of the target's, if the target is reached by relays. */
export function relayFor({ relays }: Intercept, protocol: string, targetPort: number) {
  return relays?.listeners.find((one) => one.protocol === protocol && one.targetPort === targetPort);
}

interface Relay {
  /** Name of its units, without their endings. */
  readonly unit: string;
  readonly bridge: string;
  readonly address: string;
  readonly port: number;
  readonly target: string;
  readonly targetPort: number;
}

/** Of TCP: systemd listens, and systemd-socket-proxyd(8) passes on. */
function streams(relay: Relay): Plan {
  const { unit, address, port, target, targetPort } = relay;
  const [socket, service] = [`${unit}.socket`, `${unit}.service`];
  const files = {
    [socket]: [
      ...unitSection(relay),
      "",
      "[Socket]",
      `ListenStream=${writeSocket(addressOf(address), port)}`,
      // At boot the bridge comes later; and without carrier an IPv6 address is not the host's own yet.
      "FreeBind=yes",
      ...limits(relay),
      ...["", "[Install]", "WantedBy=sockets.target"],
    ],
    [service]: [
      ...unitSection(relay),
      `Requires=${socket}`,
      `After=${socket}`,
      "",
      "[Service]",
      // It takes what follows the last colon for the port, and an address in brackets for a name.
      `ExecStart=/lib/systemd/systemd-socket-proxyd ${target}:${targetPort}`,
      ...serviceLines(relay),
    ],
  };
  const paths = Object.keys(files).map((file) => `/etc/systemd/system/${file}`);
  return {
    ...Object.fromEntries(Object.values(files).map((lines, at) => [`file ${paths[at]}`, textOf([header, ...lines])])),
    [`unit ${socket}`]: textOf(["enabled", "active", ...paths.map((path) => `restart on ${path}`)]),
  };
}

/** Of DNS over UDP, which systemd does not relay: a dnsmasq(8) that knows nothing itself, and remembers nothing. */
function names(relay: Relay): Plan {
  const { unit, bridge, port, target, targetPort } = relay;
  const path = `/etc/systemd/system/${unit}.service`;
  const options = [
    ...["--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", `--port=${port}`],
    // Looks by which interface a query came; not bind-interfaces: the bridge may come and go.
    ...[`--interface=${bridge}`, "--except-interface=lo", "--bind-dynamic"],
    ...["--no-resolv", "--no-hosts", "--no-poll", "--cache-size=0", `--server=${target}#${targetPort}`],
  ];
  const lines = [
    ...unitSection(relay),
    ...["After=network.target", "StartLimitIntervalSec=0"],
    "",
    "[Service]",
    `ExecStart=/usr/sbin/dnsmasq ${options.join(" ")}`,
    "Restart=on-failure",
    "RestartSec=1",
    ...serviceLines(relay),
    ...["", "[Install]", "WantedBy=multi-user.target"],
  ];
  return {
    [`file ${path}`]: textOf([header, ...lines]),
    [`unit ${unit}.service`]: textOf(["enabled", "active", `restart on ${path}`]),
  };
}

function unitSection({ bridge, target, targetPort }: Relay): string[] {
  return ["[Unit]", `Description=Relay from guests of ${bridge} to ${writeSocket(target, targetPort)}`];
}

function serviceLines(relay: Relay): string[] {
  return [
    "DynamicUser=yes",
    "CapabilityBoundingSet=",
    ...limits(relay),
    sandbox.files,
    "ProtectHome=yes",
    sandbox.kernel,
    "ProtectProc=invisible",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX",
    sandbox.calls,
  ];
}

/** The kernel itself hands over packets of the network's guests alone, where it can (systemd.resource-control(5)). */
function limits({ address }: Relay): string[] {
  return ["IPAddressDeny=any", `IPAddressAllow=localhost ${networkOf(address)}`];
}

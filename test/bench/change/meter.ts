import type { TcpProxy } from "../../lab/proxy.ts";
import { type QuickHost, RequestCounter } from "../../lab/quick/index.ts";
import { network, succeeded, type Testbed } from "../../lab/testbed.ts";

/** Where the cost of a run is counted: a host with a network on it, behind a proxy, where SSH finds it as `slow`. */
export class Meter {
  readonly host: QuickHost;
  readonly proxy: TcpProxy;
  readonly requests: RequestCounter;

  private constructor(host: QuickHost, proxy: TcpProxy, requests: RequestCounter) {
    this.host = host;
    this.proxy = proxy;
    this.requests = requests;
  }

  /** Puts up the network, not through the proxy. */
  static async start(testbed: Testbed, roundTripMs = 0): Promise<Meter> {
    succeeded(await (await testbed.stack(network())).up());
    const proxy = await testbed.proxy("slow", roundTripMs / 2);
    return new Meter(testbed.host, proxy, await RequestCounter.start(testbed.host));
  }

  stop(): void {
    this.requests.stop();
  }
}

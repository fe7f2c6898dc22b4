import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Moment, TcpProxy } from "./proxy.ts";

describe("the proxy", () => {
  let server: Server;
  let proxy: TcpProxy;
  let received: string;

  beforeEach(async () => {
    received = "";
    // An echo in capitals.
    server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (data) => {
        received += data;
        socket.write(String(data).toUpperCase());
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    proxy = await TcpProxy.start({ port: (server.address() as AddressInfo).port });
  });
  afterEach(async () => {
    await proxy.close();
    server.close();
  });

  test("counts connections, bytes and turns of direction", async () => {
    const client = await dial(proxy);
    for (const word of ["one", "two", "three"]) expect(await ask(client, word)).toBe(word.toUpperCase());
    expect(proxy.counts).toEqual({ connections: 1, bytesUp: 11, bytesDown: 11, chunksUp: 3, chunksDown: 3, turns: 5 });
    client.destroy();
    await expect.poll(() => proxy.open).toBe(0);
  });

  test("delays each direction and keeps the order of a large transfer", async () => {
    proxy.delayMs = 50;
    const client = await dial(proxy);
    const started = performance.now();
    await ask(client, "x");
    expect(performance.now() - started).toBeGreaterThan(99);
    expect(performance.now() - started).toBeLessThan(160);
    const text = Array.from({ length: 300_000 }, (_, index) => `${index}\n`).join("");
    let back = "";
    client.on("data", (data) => {
      back += data;
    });
    client.write(text);
    await expect.poll(() => back.length, { timeout: 5_000 }).toBe(text.length);
    expect(back).toBe(text);
    client.destroy();
  });

  test.each<[Moment, string]>([
    ["before", "first"],
    ["half", "firstsec"],
    ["after", "firstsecond"],
    ["answer", "firstsecond"],
  ])("cuts the second request at the moment %s", async (moment, expected) => {
    const client = await dial(proxy);
    await ask(client, "first");
    proxy.cutAt(1, moment);
    let answer = "";
    client.on("data", (data) => {
      answer += data;
    });
    client.write("second");
    await new Promise((resolve) => client.once("close", resolve));
    await expect.poll(() => received).toBe(expected);
    expect(answer).toBe("");
    const again = await dial(proxy);
    expect(await ask(again, "again")).toBe("AGAIN");
    again.destroy();
  });

  test("refuses new connections and accepts them again on the same port", async () => {
    const { port } = proxy;
    const old = await dial(proxy);
    await proxy.refuse();
    await expect(dial(proxy)).rejects.toThrow("ECONNREFUSED");
    expect(await ask(old, "still")).toBe("STILL");
    await proxy.accept();
    expect(proxy.port).toBe(port);
    expect(await ask(await dial(proxy), "here")).toBe("HERE");
  });

  test("a black hole accepts and says nothing until it ends", async () => {
    const old = await dial(proxy);
    await ask(old, "x");
    proxy.blackhole();
    const client = await dial(proxy);
    client.write("hello");
    old.write("hello");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(received).toBe("x");
    expect([client.destroyed, old.destroyed]).toEqual([false, false]);
    await proxy.accept();
    expect(await ask(await dial(proxy), "y")).toBe("Y");
  });
});

async function dial(proxy: TcpProxy): Promise<Socket> {
  const socket = connect(proxy.port, "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => {});
  return socket;
}

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [data] = (await once(socket, "data")) as [Buffer];
  return data.toString();
}

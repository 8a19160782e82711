// The connection to a store that hangs, dies, comes back, takes no writes, or is another node's: nobody waits, and it is told once.
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StateConnection } from "../../src/state/connection.ts";
import { freePort } from "../support/free-port.ts";
import {
  connected,
  connectionTo,
  type StoreConnectionOptions,
  type StoreProgram,
  type StoreServer,
  startStore,
  storePrograms,
} from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

const COMMAND_MS = 150;

describe.each(storePrograms())("a connection to %s", (program) => {
  let server: StoreServer;
  let told: string[];
  const opened: StateConnection[] = [];
  const observer = {
    up: () => told.push("up"),
    away: (why: string) => told.push(`away: ${why}`),
    failed: (cause: string) => told.push(cause),
  };
  const open = async (options: StoreConnectionOptions = {}, url = server.url) => {
    const connection = await connected(url, { commandMs: COMMAND_MS, observer, ...options });
    opened.push(connection);
    return connection;
  };
  const isUp = (connection: StateConnection) => waitFor("the store to be up again", () => connection.isUp);
  const isAway = (connection: StateConnection) => waitFor("the store to be away", () => !connection.isUp);

  beforeEach(async () => {
    told = [];
    server = await startStore(program);
  });
  afterEach(async () => {
    for (const connection of opened.splice(0)) await connection.close();
    await server.close();
  });

  test("answers, and passes on refusals without being lost", async () => {
    const connection = await open();
    expect(await connection.send(["SET", connection.key("a"), Buffer.from([0, 255])])).toBe("OK");
    await expect(connection.send(["INCR", connection.key("a")])).rejects.toThrow(/not an integer/);
    expect(connection.isUp).toBe(true);
    expect(told).toEqual(["up", "refused"]);
  });

  test("that hangs: each command ends within its deadline, the next at once; it is told once, and comes back", async () => {
    const connection = await open();
    server.hang();
    const begun = performance.now();
    const first = connection.send(["PING"]).catch((error: Error) => error.message);
    expect(await first).toBe(`no answer within ${COMMAND_MS} ms`);
    expect(performance.now() - begun).toBeLessThan(COMMAND_MS + 1000);
    await isAway(connection);
    await expect(connection.send(["PING"])).rejects.toThrow("the store is away");
    await waitFor("a second attempt to connect", () => told.includes("connect"), 15_000);
    server.goOn();
    await isUp(connection);
    expect(told.filter((what) => what.startsWith("away"))).toEqual([`away: no answer within ${COMMAND_MS} ms`]);
    expect(told.filter((what) => what === "up")).toHaveLength(2);
    expect(await connection.send(["PING"])).toBe("PONG");
  });

  test("that dies and comes back: what was subscribed to is heard again", async () => {
    const [connection, other] = [await open(), await open()];
    const heard: string[] = [];
    connection.subscribe("news", (message) => heard.push(message.toString()));
    const tell = (text: string) => other.send(["PUBLISH", "news", text]).catch(() => 0);
    await waitFor("the first word to be heard", () => tell("one").then(() => heard.includes("one")));
    await server.kill();
    await isAway(connection);
    await server.startAgain();
    await Promise.all([isUp(connection), isUp(other)]);
    await waitFor("the second word to be heard", () => tell("two").then(() => heard.includes("two")));
  });

  test("that is not there at the start: it is told once, and used when it comes", async () => {
    await server.kill();
    const connection = connectionTo(server.url, { observer });
    opened.push(connection);
    await waitFor("two attempts", () => told.filter((what) => what === "connect").length > 1);
    await expect(connection.send(["PING"])).rejects.toThrow("the store is away");
    await server.startAgain();
    await isUp(connection);
    expect(told.filter((what) => what.startsWith("away"))).toHaveLength(1);
    expect(told[1]).toMatch(/^away: connect ECONNREFUSED/);
  });

  test("that takes no writes any more is away, until it does", async () => {
    const [connection, other] = [await open(), await open({ observer: {} })];
    await other.send(["REPLICAOF", "127.0.0.1", "1"]);
    await isAway(connection);
    expect(told.at(-1)).toMatch(/^away: READONLY/);
    await waitFor("it to be written to again", async () => {
      await other.send(["REPLICAOF", "NO", "ONE"]).catch(() => {});
      return connection.isUp;
    });
  });

  test("with a password asks for it", async () => {
    const admin = await open({ observer: {} });
    await admin.send(["CONFIG", "SET", "requirepass", "se:cr@t"]);
    const wrong = connectionTo(server.url, { observer });
    opened.push(wrong);
    await waitFor("the refusal", () => told.some((what) => /^away: (?:NOAUTH|WRONGPASS)/.test(what)));
    await open({ observer: {} }, server.url.replace("//", `//:${encodeURIComponent("se:cr@t")}@`));
  });

  test("that is one node of a cluster finds the node that has our keys", async () => {
    const nodes = await Promise.all([startNode(program, "0 8191"), startNode(program, "8192 16383")]);
    const [first, second] = nodes as [ClusterNode, ClusterNode];
    try {
      await say(first.server.port, `CLUSTER MEET 127.0.0.1 ${second.server.port} ${second.busPort}`);
      const connection = connectionTo(first.server.url, { observer, prefix: "a" }); // slot 15495
      opened.push(connection);
      await waitFor("the other node to be found", () => connection.isUp, 20_000);
      expect(await say(second.server.port, `EXISTS ${connection.key("seen")}`)).toBe(":1");
    } finally {
      for (const { server: node } of nodes) await node.close();
    }
  });

  test("what arrived while this process was busy counts as in time", async () => {
    const connection = await open();
    const answer = connection.send(["PING"]);
    await new Promise((resolve) => setImmediate(resolve)); // it is written
    for (const until = performance.now() + 2 * COMMAND_MS; performance.now() < until; );
    expect(await answer).toBe("PONG");
  });

  test("closes while the store hangs", async () => {
    const connection = await open();
    server.hang();
    const begun = performance.now();
    await connection.close();
    expect(performance.now() - begun).toBeLessThan(1000);
    server.goOn();
  });
});

interface ClusterNode {
  readonly server: StoreServer;
  readonly busPort: number;
}

async function startNode(program: StoreProgram, slots: string): Promise<ClusterNode> {
  const busPort = await freePort();
  const server = await startStore(program, "--cluster-enabled", "yes", "--cluster-port", String(busPort));
  await say(server.port, `CLUSTER ADDSLOTSRANGE ${slots}`);
  return { server, busPort };
}

/** A command by hand, which no connection of ours would send to a store that is not usable yet. */
function say(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${command}\r\n`));
    socket.once("error", reject).once("data", (reply) => {
      socket.destroy();
      resolve(reply.toString().trim());
    });
  });
}

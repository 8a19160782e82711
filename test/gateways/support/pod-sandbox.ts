// The network of a pod: a namespace of its own, joined to the one the tests run in by a pair of interfaces, with an address that both sides
// and all other pods reach. As in a cluster, a sleeping process holds it, so that containers come and go in it.
import { execFile } from "node:child_process";
import { readlinkSync } from "node:fs";
import { promisify } from "node:util";
import { startChild } from "../../../src/setup/stack/child.ts";
import { waitFor } from "../../support/wait-for.ts";

const GATEWAY = "10.244.0.1"; // of every pod: this side
const LAST = 254;

export interface PodSandbox {
  readonly address: string;
  /** What runs a command in it. */
  readonly enter: readonly string[];
  remove(): Promise<void>;
}

let last = 1;

export async function createPodSandbox(): Promise<PodSandbox> {
  if (last === LAST) throw new Error("no address left for another pod");
  const address = `10.244.0.${++last}`;
  const holder = startChild("unshare", ["--net", "sleep", "infinity"]);
  const enter = ["nsenter", "--target", String(holder.pid), "--net", "--"];
  const here = `pod${holder.pid}`;
  const namespaceOf = (process: string) => readlinkSync(`/proc/${process}/ns/net`);
  await waitFor("a network namespace for the pod", () => namespaceOf(String(holder.pid)) !== namespaceOf("self"));
  await run("ip", "link", "add", here, "type", "veth", "peer", "name", "eth0", "netns", String(holder.pid));
  await run("ip", "address", "add", GATEWAY, "peer", address, "dev", here);
  await run("ip", "link", "set", here, "up");
  for (const words of [
    "link set lo up",
    `address add ${address} peer ${GATEWAY} dev eth0`,
    "link set eth0 up",
    `route add default via ${GATEWAY}`,
  ])
    await run(...enter, "ip", ...words.split(" "));
  return { address, enter, remove: () => holder.stop() };
}

async function run(...[name = "", ...args]: readonly string[]): Promise<void> {
  await promisify(execFile)(name, args);
}

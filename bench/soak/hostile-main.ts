// The process of all hostile peers, so that the load does not wait for them. At SIGTERM it says what came of them, as JSON.
//
//   node bench/soak/hostile-main.ts EXT_PROC_ADDRESS ADMIN_ADDRESS
import { setMaxListeners } from "node:events";
import { HOSTILE_KINDS } from "./hostile-kinds.ts";
import { attack, type HostileRecords, newRecord } from "./hostile-peer.ts";

const [, , extProc = "", admin = ""] = process.argv;
const addresses = { extProc, admin };
const ended = new AbortController();
const records: HostileRecords = Object.fromEntries(HOSTILE_KINDS.map(({ name }) => [name, newRecord()]));
setMaxListeners(0, ended.signal); // each connection listens
process.once("SIGTERM", () => ended.abort());

await Promise.all(
  HOSTILE_KINDS.flatMap((kind) => {
    const record = records[kind.name] ?? newRecord();
    return Array.from({ length: kind.atOnce ?? 1 }, () => attack(kind, addresses[kind.port], record, ended.signal));
  }),
);
console.log(JSON.stringify(records));

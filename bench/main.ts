// `npm run bench`: the scanner next to JSON, what each policy adds to it, the CPU of the whole filter per request,
// and what outcomes and exact usage add to it. `npm run bench -- peers growth` runs others by name; all files run alone, too:
// `node bench/wire.ts`.
import { benchCache } from "./cache.ts";
import { benchFilter } from "./filter.ts";
import { benchGrowth } from "./growth.ts";
import { benchLogged } from "./logged.ts";
import { benchMemory } from "./memory.ts";
import { benchOutcomes } from "./outcomes.ts";
import { benchPeers, benchWirings } from "./peers.ts";
import { measurePolicies, printPolicies } from "./policies.ts";
import { benchProcesses } from "./processes.ts";
import { benchRepeats } from "./repeats.ts";
import { benchRequestVectors } from "./request-vectors.ts";
import { measureScanner, printScanner } from "./scanner.ts";
import { benchSemanticCache } from "./semantic-cache.ts";
import { benchUsage } from "./usage.ts";
import { benchWarm } from "./warm.ts";

const BENCHES: Readonly<Record<string, () => unknown>> = {
  scanner: () => printScanner(measureScanner()),
  policies: () => printPolicies(measurePolicies()),
  filter: () => benchFilter(),
  outcomes: () => benchOutcomes(),
  usage: () => benchUsage(),
  peers: () => benchPeers(),
  wirings: () => benchWirings(),
  growth: () => benchGrowth(),
  processes: () => benchProcesses(),
  repeats: () => benchRepeats(),
  warm: () => benchWarm(),
  logged: () => benchLogged(),
  memory: () => benchMemory(),
  cache: () => benchCache(),
  "semantic-cache": () => benchSemanticCache(),
  "request-vectors": () => benchRequestVectors(),
};
const WITHOUT_NAMES = ["scanner", "policies", "filter", "outcomes", "usage"];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(", ")}: there are ${Object.keys(BENCHES).join(", ")}`);
  process.exitCode = 2;
} else {
  for (const name of asked.length > 0 ? asked : WITHOUT_NAMES) await BENCHES[name]?.();
}

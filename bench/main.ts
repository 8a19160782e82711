// `npm run bench`: the scanner next to JSON, what each policy adds to it, the CPU of the whole filter per request,
// and what outcomes and exact usage add to it. The other files run alone: `node bench/wire.ts`.
import { benchFilter } from "./filter.ts";
import { benchOutcomes } from "./outcomes.ts";
import { measurePolicies, printPolicies } from "./policies.ts";
import { measureScanner, printScanner } from "./scanner.ts";
import { benchUsage } from "./usage.ts";

printScanner(measureScanner());
printPolicies(measurePolicies());
await benchFilter();
await benchOutcomes();
await benchUsage();

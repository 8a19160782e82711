// `npm run bench`: the scanner next to JSON, what each policy adds to it, and the CPU of the whole filter per request. The other files run
// alone: `node bench/wire.ts`.
import { benchFilter } from "./filter.ts";
import { measurePolicies, printPolicies } from "./policies.ts";
import { measureScanner, printScanner } from "./scanner.ts";

printScanner(measureScanner());
printPolicies(measurePolicies());
await benchFilter();

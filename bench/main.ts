// `npm run bench`: the scanner next to JSON, and the CPU of the whole filter per request. The other files run alone: `node bench/wire.ts`.
import { benchFilter } from "./filter.ts";
import { measureScanner, printScanner } from "./scanner.ts";

printScanner(measureScanner());
await benchFilter();

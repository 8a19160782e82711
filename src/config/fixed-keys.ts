// What a reload leaves as it was: keys that are read once, at the start.
import { isDeepStrictEqual } from "node:util";
import { CAPABILITIES } from "./capabilities/list.ts";
import type { Config } from "./config.ts";
import { formatPath } from "./key-path.ts";

/** Those that changed, such as `listen.admin`. */
export function changedFixedKeys(before: Config, after: Config): readonly string[] {
  return CAPABILITIES.flatMap(([name, { atNextStart }]) =>
    atNextStart
      .filter((key) => !isDeepStrictEqual(memberOf(before[name], key), memberOf(after[name], key)))
      .map((key) => formatPath([name, key])),
  );
}

function memberOf(settings: unknown, key: string): unknown {
  return (settings as Readonly<Record<string, unknown>>)[key];
}

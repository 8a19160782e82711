// Compiles the regular expressions of a configuration a few at a time before it is put into force: a thousand of them take a second, in
// which requests would wait.
import { setImmediate as turn } from "node:timers/promises";
import { type CompileRegex, compileRegex } from "../request/policy/regex.ts";
import type { Config } from "./config.ts";
import { descriptorOf } from "./policies/list.ts";
import { linksOf } from "./policies/others.ts";

const SLICE_MS = 5;

/** What compiles those of the active policy, and of all it asks, without any delay. Throws what `compileRegex` throws. */
export async function compiledAhead({ policies, active }: Config): Promise<CompileRegex> {
  const asked = new Set([active, ...linksOf(policies, active)]);
  const sources = new Set([...asked].flatMap((name) => regexesOf(policies[name])));
  const compiled = new Map<string, ReturnType<CompileRegex>>();
  let begun = 0;
  for (const source of sources) {
    if (performance.now() - begun > SLICE_MS) {
      await turn();
      begun = performance.now();
    }
    compiled.set(source, compileRegex(source));
  }
  return (source) => compiled.get(source) ?? compileRegex(source);
}

function regexesOf(policy: Config["policies"][string] | undefined): readonly string[] {
  return policy === undefined ? [] : descriptorOf(policy).regexes(policy);
}

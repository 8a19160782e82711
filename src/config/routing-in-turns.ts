// From a configuration to what a request is decided with, as `routingOf` but a few milliseconds at a time, so that requests are decided in
// between: a thousand regular expressions take a second, ten thousand keywords 20 ms.
import { setImmediate as turn } from "node:timers/promises";
import { compileFolding } from "../request/chat/fold-table.ts";
import { compileKeywords } from "../request/chat/keywords.ts";
import type { CompiledKeywords } from "../request/chat/scanner.ts";
import type { Needs } from "../request/policy/policy.ts";
import { type CompileRegex, compileRegex } from "../request/policy/regex.ts";
import type { Routing } from "../request/routing/routing.ts";
import type { Config } from "./config.ts";
import { descriptorOf } from "./policies/list.ts";
import { linksOf } from "./policies/others.ts";
import { askedPolicies, needsOf, routingFor, type SnapshotOptions } from "./routing-of.ts";

const SLICE_MS = 5;

/** Throws what `routingOf` throws. */
export async function routingInTurns(config: Config, options: SnapshotOptions): Promise<Routing> {
  await turn();
  const compileRegex = await compiledInTurns(config);
  await turn();
  const asked = askedPolicies(config, { ...options, compileRegex });
  await turn();
  const compiledKeywords = await keywordsInTurns(needsOf(asked));
  await turn();
  return routingFor(config, asked, { ...options, compiledKeywords });
}

async function keywordsInTurns({ keywords, borders }: Needs): Promise<CompiledKeywords> {
  const tables = compileKeywords([...new Set(keywords)], borders);
  await turn();
  return { tables, folding: compileFolding(tables.folded) };
}

/** What gives those of the policies in force, and of all they ask, without any delay. */
async function compiledInTurns({ policies, active, rollout, takeover }: Config): Promise<CompileRegex> {
  const names = [active, ...(rollout === undefined ? [] : [rollout.candidate]), ...(takeover === undefined ? [] : [takeover.policy])];
  const asked = new Set(names.flatMap((name) => [name, ...linksOf(policies, name)]));
  const sources = new Set([...asked].flatMap((name) => regexesOf(policies[name])));
  const compiled = new Map<string, ReturnType<CompileRegex>>();
  let begun = performance.now();
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

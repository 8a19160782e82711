// From a configuration to what a request is decided with, as `routingOf` but a few milliseconds at a time, so that requests are decided in
// between: a thousand regular expressions take a second, ten thousand keywords 20 ms.
import { setImmediate as turn } from "node:timers/promises";
import { compileFolding } from "../request/chat/fold-table.ts";
import { compileKeywords } from "../request/chat/keywords.ts";
import type { CompiledKeywords } from "../request/chat/scanner.ts";
import type { Needs } from "../request/policy/policy.ts";
import { type CompileRegex, compileRegex } from "../request/policy/regex.ts";
import type { Routing } from "../request/routing/routing.ts";
import { activePolicy, type Config } from "./config.ts";
import { descriptorOf } from "./policies/list.ts";
import { linksOf } from "./policies/others.ts";
import { policyOf, routingFor, type SnapshotOptions } from "./routing-of.ts";

const SLICE_MS = 5;

/** Throws what `routingOf` throws. */
export async function routingInTurns(config: Config, options: SnapshotOptions): Promise<Routing> {
  await turn();
  const compileRegex = await compiledInTurns(config);
  await turn();
  const link = policyOf(config, activePolicy(config), { ...options, compileRegex });
  await turn();
  const compiledKeywords = await keywordsInTurns(link.policy.needs);
  await turn();
  return routingFor(config, link, { ...options, compiledKeywords });
}

async function keywordsInTurns({ keywords, borders }: Needs): Promise<CompiledKeywords> {
  const tables = compileKeywords([...new Set(keywords)], borders);
  await turn();
  return { tables, folding: compileFolding(tables.folded) };
}

/** What gives those of the active policy, and of all it asks, without any delay. */
async function compiledInTurns({ policies, active }: Config): Promise<CompileRegex> {
  const asked = new Set([active, ...linksOf(policies, active)]);
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

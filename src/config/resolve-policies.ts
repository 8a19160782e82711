// The policies of the file as their settings: their links exist and none leads back to itself; each is resolved behind those it asks,
// whose ids may be part of its own.
import { type FileContext, policyContext } from "./policies/context.ts";
import { descriptorOf, type PolicyConfig, type PolicyFile } from "./policies/list.ts";
import { type Complain, requireKnown } from "./references.ts";

const MAX_ASKED = 1000;

type Files = Readonly<Record<string, PolicyFile>>;

export function resolvePolicies(file: Files, context: Omit<FileContext, "idOf">): Readonly<Record<string, PolicyConfig>> {
  const names = Object.keys(file);
  for (const [name, policy] of Object.entries(file)) {
    for (const { name: link, key } of linksOf(policy)) requireKnown(context.complain, ["policies", name, ...key], link, names, "policy");
  }
  const endless = complainOfCycles(file, context.complain);
  if (!endless) complainOfMany(file, context.complain);
  const resolved = new Map<string, PolicyConfig>();
  const resolve = (name: string, policy: PolicyFile): PolicyConfig => {
    const before = resolved.get(name);
    if (before !== undefined) return before;
    const made = descriptorOf(policy).resolve(policy, policyContext(name, { ...context, idOf }));
    resolved.set(name, made);
    return made;
  };
  const idOf = (name: string): string => {
    const policy = endless || !Object.hasOwn(file, name) ? undefined : file[name];
    return policy === undefined ? "" : resolve(name, policy).id;
  };
  return Object.fromEntries(Object.entries(file).map(([name, policy]) => [name, resolve(name, policy)]));
}

function linksOf(policy: PolicyFile) {
  return descriptorOf(policy).links(policy);
}

/** Each cycle once, at the link that closes it: `a → b → a`. */
function complainOfCycles(file: Files, complain: Complain): boolean {
  const done = new Set<string>();
  let found = false;
  const follow = (name: string, from: readonly string[]): void => {
    const policy = file[name];
    for (const { name: link, key } of policy === undefined ? [] : linksOf(policy)) {
      const way = [...from, name];
      if (way.includes(link)) {
        found = true;
        complain(["policies", name, ...key], `leads back to itself: ${[...way.slice(way.indexOf(link)), link].join(" → ")}`);
      } else if (!done.has(link)) follow(link, way);
    }
    done.add(name);
  };
  for (const name of Object.keys(file)) if (!done.has(name)) follow(name, []);
  return found;
}

/** Links multiply: thirty chains that ask the next two each would ask a million policies about one request. */
function complainOfMany(file: Files, complain: Complain): void {
  const counts = new Map<string, number>();
  const askedBy = (name: string): number => {
    const policy = file[name];
    const known = counts.get(name);
    if (known !== undefined || policy === undefined) return known ?? 0;
    const count = linksOf(policy).reduce((sum, link) => sum + 1 + askedBy(link.name), 0);
    counts.set(name, count);
    return count;
  };
  for (const name of Object.keys(file)) {
    if (askedBy(name) > MAX_ASKED)
      complain(["policies", name], `asks more than ${MAX_ASKED} policies, those that its links ask counted too`);
  }
}

// The chains of the file: their links exist, none leads back to itself, and each chain's id covers those of its links.
import type { PolicyConfig } from "./config.ts";
import { type Complain, requireKnown } from "./references.ts";
import { fingerprint } from "./versions.ts";

type Chains = ReadonlyMap<string, readonly string[]>;

/** `links`: the policies that are no chains. */
export function resolveChains(
  chains: Chains,
  links: ReadonlyMap<string, PolicyConfig>,
  complain: Complain,
): ReadonlyMap<string, PolicyConfig> {
  const names = [...links.keys(), ...chains.keys()];
  for (const [name, of] of chains) {
    for (const [index, link] of of.entries()) requireKnown(complain, ["policies", name, "of", index], link, names, "policy");
  }
  const endless = complainOfCycles(chains, complain);
  const idOf = (name: string): string => {
    const of = endless ? undefined : chains.get(name);
    return of === undefined ? (links.get(name)?.id ?? "") : `${name}@${fingerprint(of.map(idOf))}`;
  };
  return new Map([...chains].map(([name, of]) => [name, { type: "chain", of, id: idOf(name) }]));
}

/** Each cycle once, at the link that closes it: `a → b → a`. */
function complainOfCycles(chains: Chains, complain: Complain): boolean {
  const done = new Set<string>();
  let found = false;
  const follow = (name: string, from: readonly string[]): void => {
    for (const [index, link] of (chains.get(name) ?? []).entries()) {
      const way = [...from, name];
      if (way.includes(link)) {
        found = true;
        complain(["policies", name, "of", index], `leads back to itself: ${[...way.slice(way.indexOf(link)), link].join(" → ")}`);
      } else if (!done.has(link)) follow(link, way);
    }
    done.add(name);
  };
  for (const name of chains.keys()) if (!done.has(name)) follow(name, []);
  return found;
}

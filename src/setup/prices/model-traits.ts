// What a list says that a model takes beside text, and how long a window it has, in the words of a tier's `can` and `contextTokens`. Pure.
import { ABILITIES, type Abilities } from "../../request/guard/abilities.ts";

export interface ModelTraits {
  readonly can: Abilities; // what the list does not say is not there
  readonly contextTokens: number | undefined;
}

export const NO_TRAITS: ModelTraits = { can: {}, contextTokens: undefined };

/** What the list says and a tier does not say, or says otherwise. Undefined: nothing. */
export function newTraits(said: ModelTraits, listed: ModelTraits): ModelTraits | undefined {
  const names = ABILITIES.filter((name) => listed.can[name] !== undefined && listed.can[name] !== said.can[name]);
  const contextTokens = listed.contextTokens === said.contextTokens ? undefined : listed.contextTokens;
  if (names.length === 0 && contextTokens === undefined) return undefined;
  return { can: Object.fromEntries(names.map((name) => [name, listed.can[name]])), contextTokens };
}

/** As they stand in a tier of a configuration. */
export function traitsText({ can, contextTokens }: ModelTraits): string {
  const abilities = ABILITIES.flatMap((name) => (can[name] === undefined ? [] : [`${name}: ${can[name]}`]));
  return [
    ...(abilities.length === 0 ? [] : [`can: { ${abilities.join(", ")} }`]),
    ...(contextTokens === undefined ? [] : [`contextTokens: ${contextTokens}`]),
  ].join(", ");
}

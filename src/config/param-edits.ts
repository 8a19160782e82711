// The keys `params` and `overwrite` of a tier, a rule or a band as edits of the body, and those in words.
import { KNOWN_PARAM_NAMES, paramNamed } from "../request/chat/param-table.ts";
import type { ParamEdit } from "../request/chat/params.ts";
import { nearest } from "./nearest.ts";

interface ParamsFile {
  readonly params: Readonly<Record<string, unknown>>;
  readonly overwrite: boolean;
}

export function paramEdits({ params, overwrite }: ParamsFile): readonly ParamEdit[] {
  return Object.entries(params).map(([name, value]) => ({ name, json: JSON.stringify(value), overwrite }));
}

/** `, sets temperature 0.3` */
export function paramsText(params: readonly ParamEdit[]): string {
  if (params.length === 0) return "";
  return `, sets ${params.map(({ name, json, overwrite }) => `${name} ${json}${overwrite ? " always" : ""}`).join(", ")}`;
}

/** Most often a slip of the pen. It is set all the same: servers know more than the formats do. */
export function unknownParams(edits: readonly ParamEdit[]): readonly string[] {
  const names = new Set(edits.map(({ name }) => name).filter((name) => paramNamed(name) === undefined));
  return [...names].map((name) => {
    const known = nearest(name, KNOWN_PARAM_NAMES);
    const meant = known === undefined ? "" : ` (${known}?)`;
    return `sets ${name}, a parameter that no known format has${meant}: it is set in requests of every format`;
  });
}

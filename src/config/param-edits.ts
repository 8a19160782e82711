// The keys `params` and `overwrite` of a tier, a rule or a band as edits of the body, and those in words.
import type { ParamEdit } from "../request/chat/params.ts";

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

// The configuration's keys as a flat list, read from the schema: for "did you mean" and for the reference documentation.
import { z } from "zod";
import { configSchema } from "./schema.ts";

/** The part of JSON Schema that our schema turns into. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | false;
  readonly oneOf?: readonly JsonSchema[];
}

/** For editors: what the file may hold. */
export function configJsonSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, { io: "input" }) as JsonSchema;
}

/** The keys a map at this path may have; `type` chooses between the kinds of policies. */
export function knownKeys(path: readonly (string | number)[], type: unknown): readonly string[] {
  let schema: JsonSchema | undefined = configJsonSchema();
  for (const part of path) {
    schema = typeof part === "number" ? schema?.items : (schema?.properties?.[part] ?? (schema?.additionalProperties || undefined));
    schema = schema?.oneOf?.find((kind) => kind.properties?.["type"]?.const === type) ?? schema;
  }
  return Object.keys(schema?.properties ?? {});
}

export interface KeyDescription {
  readonly key: string; // `policies.<name>.maxChars`, `tiers[].name`
  readonly type: string;
  readonly default: unknown; // undefined: none, or as its meaning says
  readonly meaning: string;
}

/** Every key that holds a value, in the schema's order. */
export function describeKeys(): readonly KeyDescription[] {
  return leaves("", configJsonSchema());
}

function leaves(key: string, schema: JsonSchema): readonly KeyDescription[] {
  if (schema.properties)
    return Object.entries(schema.properties).flatMap(([name, inner]) => leaves(key === "" ? name : `${key}.${name}`, inner));
  if (schema.oneOf) return schema.oneOf.flatMap((kind) => leaves(key, kind));
  const inner = schema.items?.properties ? leaves(`${key}[]`, schema.items) : leavesOfRecord(key, schema);
  return [{ key, type: typeOf(schema), default: schema.default, meaning: schema.description ?? "" }, ...inner];
}

function leavesOfRecord(key: string, schema: JsonSchema): readonly KeyDescription[] {
  return schema.additionalProperties ? leaves(`${key}.<name>`, schema.additionalProperties) : [];
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.items) return schema.items.properties ? "list" : `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties) return "map";
  const name = schema.type === "integer" ? "whole number" : schema.type === "string" ? "text" : (schema.type ?? "");
  return schema.minimum === undefined ? name : `${name}, ${schema.minimum} to ${schema.maximum}`;
}

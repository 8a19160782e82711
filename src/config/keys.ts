// The configuration's keys as flat lists, read from the schema: for "did you mean" and for the reference documentation.
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
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | false;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

let made: JsonSchema | undefined;

/** Made when it is first asked for, which takes some milliseconds. */
function configJsonSchema(): JsonSchema {
  made ??= z.toJSONSchema(configSchema, { io: "input" }) as JsonSchema;
  return made;
}

/** The keys a map at this path may have; `type` chooses between the kinds of policies. */
export function knownKeys(path: readonly (string | number)[], type: unknown): readonly string[] {
  let schema: JsonSchema | undefined = configJsonSchema();
  for (const part of path) {
    schema = typeof part === "number" ? schema?.items : (schema?.properties?.[part] ?? (schema?.additionalProperties || undefined));
    schema = schema?.oneOf?.find((kind) => kind.properties?.["type"]?.const === type) ?? schema;
  }
  return Object.keys(schema?.properties ?? {}).filter((key) => !key.startsWith("$")); // `$schema` is for editors: nobody has to know it
}

export interface KeyDescription {
  readonly key: string; // `listen.admin`, `tiers[].name`, `rules[].match.regex`
  readonly type: string;
  readonly required: boolean; // where the map it stands in is given
  readonly default: unknown; // undefined: none, or as its meaning says
  readonly meaning: string;
}

/** Every key that holds a value, in the schema's order; of the policies only the map itself. */
export function describeKeys(): readonly KeyDescription[] {
  return leaves("", configJsonSchema());
}

export interface PolicyTypeDescription {
  readonly type: string;
  readonly meaning: string;
  readonly keys: readonly KeyDescription[]; // without `type`, relative to the policy
}

/** Every type of policy with its own keys. */
export function describePolicyTypes(): readonly PolicyTypeDescription[] {
  const policies = configJsonSchema().properties?.["policies"]?.additionalProperties || undefined;
  return (policies?.oneOf ?? []).map((schema) => {
    const { type, ...properties } = schema.properties ?? {};
    return { type: String(type?.const), meaning: type?.description ?? "", keys: leaves("", { ...schema, properties }) };
  });
}

function leaves(key: string, schema: JsonSchema, required = false): readonly KeyDescription[] {
  if (schema.properties) {
    const names = Object.keys(schema.properties);
    return Object.entries(schema.properties).flatMap(([name, inner]) => {
      const innerKey = key === "" ? name : `${key}.${name}`;
      const isRequired = schema.required?.includes(name) === true;
      return isListOf(names, inner) ? [leaf(innerKey, inner, isRequired)] : leaves(innerKey, inner, isRequired);
    });
  }
  return [leaf(key, schema, required), ...(schema.items?.properties ? leaves(`${key}[]`, schema.items) : [])];
}

/** A list whose entries have only keys that stand beside it, which are described there. */
function isListOf(names: readonly string[], { items }: JsonSchema): boolean {
  return items?.properties !== undefined && Object.keys(items.properties).every((name) => names.includes(name));
}

function leaf(key: string, schema: JsonSchema, required: boolean): KeyDescription {
  return { key, type: typeOf(schema), required, default: schema.default, meaning: schema.description ?? "" };
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.items) return schema.items.properties ? "list" : `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties) return mapType(schema.additionalProperties);
  const { minimum, exclusiveMinimum, maximum } = schema;
  const name = schema.type === "integer" ? "whole number" : schema.type === "string" ? "text" : (schema.type ?? "");
  if (exclusiveMinimum !== undefined) return `${name} over ${exclusiveMinimum}, up to ${maximum}`;
  return minimum === undefined ? name : `${name}, ${minimum} to ${maximum}`;
}

function mapType(values: JsonSchema): string {
  const { type } = values;
  return type === "number" || type === "string" ? `map of names to ${typeOf(values)}` : "map";
}

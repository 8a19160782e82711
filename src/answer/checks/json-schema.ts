// Whether a JSON value is as its schema says: the keywords that tools and forms of answers are described with. What it does not know
// passes. No `pattern` and no `format`: a schema is a client's, and a regular expression of a stranger may take for ever.
import { isObject, type JsonObject } from "../said/json.ts";

/** All that are looked at. */
export const SCHEMA_KEYWORDS = [
  "type",
  "nullable",
  "enum",
  "const",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "prefixItems",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "anyOf",
  "oneOf",
  "allOf",
  "$ref",
] as const;

const MAX_STEPS = 20_000; // schemas applied to values; what is larger passes
const MAX_DEPTH = 64;

interface Walk {
  readonly root: unknown;
  steps: number;
}

/** Where the value differs, as a path and a word: `$.city: not a string`. Undefined: nowhere that is looked at. */
export function schemaViolation(schema: unknown, value: unknown): string | undefined {
  return violation({ root: schema, steps: 0 }, schema, value, "$", 0);
}

function violation(walk: Walk, schema: unknown, value: unknown, path: string, depth: number): string | undefined {
  if (schema === false) return `${path}: not allowed`;
  if (!isObject(schema) || ++walk.steps > MAX_STEPS || depth > MAX_DEPTH) return undefined;
  if (value === null && schema["nullable"] === true) return undefined;
  return (
    ofReference(walk, schema, value, path, depth) ??
    ofType(schema, value, path) ??
    ofValue(schema, value, path) ??
    ofSize(schema, value, path) ??
    ofMembers(walk, schema, value, path, depth) ??
    ofElements(walk, schema, value, path, depth) ??
    ofChoices(walk, schema, value, path, depth)
  );
}

function ofReference(walk: Walk, { $ref }: JsonObject, value: unknown, path: string, depth: number): string | undefined {
  if (typeof $ref !== "string" || !$ref.startsWith("#")) return undefined;
  let target: unknown = walk.root;
  for (const step of $ref.slice(1).split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    target = isObject(target) && Object.hasOwn(target, name) ? target[name] : undefined;
  }
  return violation(walk, target, value, path, depth + 1);
}

const KINDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

/** Gemini's tools and their translations write types in capitals. */
function ofType({ type }: JsonObject, value: unknown, path: string): string | undefined {
  const names = (Array.isArray(type) ? type : [type]).filter((name) => typeof name === "string").map((name) => name.toLowerCase());
  const kinds = names.map((name) => (Object.hasOwn(KINDS, name) ? KINDS[name] : undefined));
  if (names.length === 0 || kinds.some((isOf) => isOf === undefined || isOf(value))) return undefined;
  return `${path}: not ${names.map((name) => `${/^[aio]/.test(name) ? "an" : "a"} ${name}`).join(" or ")}`;
}

function ofValue(schema: JsonObject, value: unknown, path: string): string | undefined {
  if (Object.hasOwn(schema, "const") && !isSame(schema["const"], value)) return `${path}: not the one value there is`;
  const { enum: values } = schema;
  if (Array.isArray(values) && !values.some((each) => isSame(each, value))) return `${path}: none of the ${values.length} values there are`;
  return undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((each, at) => isSame(each, b[at]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]));
}

function ofSize(schema: JsonObject, value: unknown, path: string): string | undefined {
  if (typeof value === "number") {
    const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
    if (typeof minimum === "number" && (value < minimum || (above === true && value === minimum))) return `${path}: too small`;
    if (typeof maximum === "number" && (value > maximum || (below === true && value === maximum))) return `${path}: too large`;
    if (typeof above === "number" && value <= above) return `${path}: too small`;
    if (typeof below === "number" && value >= below) return `${path}: too large`;
  } else if (typeof value === "string") {
    const length = hasLength(schema) ? [...value].length : 0;
    return outside(length, schema["minLength"], schema["maxLength"], path);
  } else if (Array.isArray(value)) return outside(value.length, schema["minItems"], schema["maxItems"], path);
  return undefined;
}

function hasLength(schema: JsonObject): boolean {
  return schema["minLength"] !== undefined || schema["maxLength"] !== undefined;
}

function outside(length: number, least: unknown, most: unknown, path: string): string | undefined {
  if (typeof least === "number" && length < least) return `${path}: too short`;
  return typeof most === "number" && length > most ? `${path}: too long` : undefined;
}

function ofMembers(walk: Walk, schema: JsonObject, value: unknown, path: string, depth: number): string | undefined {
  if (!isObject(value)) return undefined;
  const { required, properties, additionalProperties: others, patternProperties } = schema;
  if (Array.isArray(required)) {
    const missing = required.find((name) => typeof name === "string" && !Object.hasOwn(value, name));
    if (missing !== undefined) return `${path}: no member ${JSON.stringify(missing)}`;
  }
  const known = isObject(properties) ? properties : {};
  for (const name of Object.keys(value)) {
    const isKnown = Object.hasOwn(known, name);
    if (!isKnown && isObject(patternProperties)) continue;
    const found = violation(walk, isKnown ? known[name] : others, value[name], `${path}.${name}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function ofElements(walk: Walk, { items, prefixItems }: JsonObject, value: unknown, path: string, depth: number): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const first = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
  const rest = Array.isArray(items) ? undefined : items;
  for (let at = 0; at < value.length && walk.steps <= MAX_STEPS; at++) {
    const found = violation(walk, at < first.length ? first[at] : rest, value[at], `${path}[${at}]`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function ofChoices(walk: Walk, schema: JsonObject, value: unknown, path: string, depth: number): string | undefined {
  const { anyOf, oneOf, allOf } = schema;
  const found = (each: unknown) => violation(walk, each, value, path, depth + 1);
  if (Array.isArray(anyOf) && anyOf.length > 0 && anyOf.every((each) => found(each) !== undefined))
    return `${path}: none of what it may be`;
  if (Array.isArray(oneOf)) {
    const fitting = oneOf.filter((each) => found(each) === undefined).length;
    // Several may fit because of a keyword that is not looked at: only none is a violation.
    if (oneOf.length > 0 && fitting === 0) return `${path}: none of what it may be`;
  }
  for (const each of Array.isArray(allOf) ? allOf : []) {
    const violated = found(each);
    if (violated !== undefined) return violated;
  }
  return undefined;
}

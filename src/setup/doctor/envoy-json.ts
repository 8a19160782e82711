// Reading values out of Envoy's configuration as JSON: what is absent or of another type than Envoy's is undefined, or empty.
import type { Json, JsonObject } from "./envoy-wiring.ts";

const NOTHING: JsonObject = {};

/** Fields whose members are named by users, not by Envoy. */
const MAPS = new Set(["typed_per_filter_config", "typed_extension_protocol_options", "filter_metadata", "typed_filter_metadata"]);

/** The same with field names as in Envoy's YAML: its JSON may have `routeConfig` for `route_config`. Undefined members are left out. */
export function inSnakeCase(value: unknown): Json {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(
      entries.map(([name, member]) => [snakeCase(name), MAPS.has(snakeCase(name)) ? named(member) : inSnakeCase(member)]),
    );
  }
  return typeof value === "number" || typeof value === "boolean" || typeof value === "string" ? value : null;
}

function named(map: unknown): Json {
  if (typeof map !== "object" || map === null || Array.isArray(map)) return inSnakeCase(map);
  return Object.fromEntries(Object.entries(map).map(([name, member]) => [name, inSnakeCase(member)]));
}

function snakeCase(name: string): string {
  return /^[a-z][a-zA-Z0-9]*$/.test(name) ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : name;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : NOTHING;
}

/** What stands at the end of a path of fields. */
export function at(object: JsonObject, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, field) => objectOf(value)[field], object);
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return listOf(value).filter(isObject);
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Envoy writes 64-bit numbers as text, and reads all of them so. */
export function numberOf(value: Json | undefined): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** Milliseconds of a duration such as "1.500s". */
export function millisecondsOf(value: Json | undefined): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textOf(value) ?? "")?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** An enum's value by name. Envoy takes its number, too, and leaves out the first in what it writes. */
export function enumOf<Name extends string>(value: Json | undefined, names: readonly [Name, ...Name[]]): Name {
  if (typeof value === "number") return names[value] ?? names[0];
  return names.find((name) => name === value) ?? names[0];
}

/** Whether a message packed with its type is of the type `name`, whatever package and version that is in. */
export function isOfType(message: JsonObject, name: string): boolean {
  return textOf(message["@type"])?.endsWith(`.${name}`) ?? false;
}

/** The configuration of an extension. Control planes may pack it once more, with the type beside it. */
export function typedConfig(extension: JsonObject): JsonObject {
  const config = objectOf(extension["typed_config"]);
  return isOfType(config, "TypedStruct") ? { ...objectOf(config["value"]), "@type": config["type_url"] } : config;
}

/** All messages of the type `name` within `value`, at any depth. */
export function messagesWithin(value: Json | undefined, name: string): readonly JsonObject[] {
  if (Array.isArray(value)) return value.flatMap((member) => messagesWithin(member, name));
  if (!isObject(value)) return [];
  if (isOfType(value, name)) return [value];
  return Object.values(value).flatMap((member) => messagesWithin(member, name));
}

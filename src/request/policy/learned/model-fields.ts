// Reads the members of a model file, each with what it may be; what is missing or out of range is refused by its name.

/** Why bytes are no model that can be used: a sentence without the file's name, which the caller knows. */
export class ModelFileError extends Error {
  override readonly name = "ModelFileError";
}

/** 0 %, 1 % … 100 %. */
export const QUANTILE_COUNT = 101;

export type Fields = Readonly<Record<string, unknown>>;

export function jsonObject(bytes: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown, name: string): Fields {
  if (!isFields(value)) throw wrong(name);
  return value;
}

export function numberIn(fields: Fields, name: string, least = -Number.MAX_VALUE, most = Number.MAX_VALUE): number {
  const value = fields[name];
  if (typeof value !== "number" || !(value >= least && value <= most)) throw wrong(name);
  return value;
}

export function numbersIn(fields: Fields, name: string, length?: number): Float64Array {
  const values = fields[name];
  if (!Array.isArray(values) || (length !== undefined && values.length !== length)) throw wrong(name);
  if (values.some((value) => typeof value !== "number")) throw wrong(name);
  return Float64Array.from(values as number[]);
}

export function wrong(name: string): ModelFileError {
  return new ModelFileError(`damaged: \`${name}\` is missing or out of range`);
}

export function toBase64(numbers: Int8Array | Uint8Array): string {
  let binary = "";
  for (const byte of new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.length)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export function fromBase64(text: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
    return bytes;
  } catch {
    return undefined;
  }
}

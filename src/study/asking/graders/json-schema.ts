// Whether an answer is JSON that a schema takes: the whole of it, or its last block of code.
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { codeBlocks } from "./code-blocks.ts";

export type SchemaGrader = (text: string, schema: object) => boolean;

/** Compiles a schema once, however many answers there are. Throws an Error that says what is wrong with a schema. */
export function schemaGrader(): SchemaGrader {
  const options = { strict: false, allErrors: false, validateFormats: false, addUsedSchema: false };
  const newer = new Ajv2020(options);
  const older = new Ajv(options);
  const compiled = new Map<string, ValidateFunction>();
  return (text, schema) => {
    const key = JSON.stringify(schema);
    const validate = compiled.get(key) ?? (/draft-07/.test(String(Object(schema)["$schema"])) ? older : newer).compile(schema);
    if (compiled.size < MOST_SCHEMAS) compiled.set(key, validate);
    const value = jsonIn(text);
    return value !== undefined && validate(value);
  };
}

const MOST_SCHEMAS = 1000;

function jsonIn(text: string): unknown {
  return parsed(text) ?? parsed(codeBlocks(text).at(-1)?.code ?? "");
}

/** Undefined: no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

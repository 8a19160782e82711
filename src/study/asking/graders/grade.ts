// Holds answers against what a row says is right: exact, number, schema, tests. Several of them must all agree.
import { SluiceError } from "../../../errors.ts";
import type { Json, LoopRow } from "../../loop/loop-row.ts";
import { CODE_LANGUAGES, type CodeBounds, type CodeLanguage, type CodeTests, gradeCode } from "./code-tests.ts";
import { gradeExact } from "./exact.ts";
import { schemaGrader } from "./json-schema.ts";
import { gradeNumber, readNumber } from "./number.ts";

export const GRADERS = ["exact", "number", "schema", "tests"] as const;
export type GraderName = (typeof GRADERS)[number];

export interface Grading {
  readonly names: readonly GraderName[]; // at least one
  readonly grade: (text: string) => Promise<boolean>;
}

export type GraderOf = (row: LoopRow, place: string) => Grading | undefined;

/** `code`: undefined, no code is run, and a row with tests is judged like others. */
export function graders(code: CodeBounds | undefined): GraderOf {
  const schemas = schemaGrader();
  const one = (name: GraderName, reference: NonNullable<LoopRow["reference"]>, place: string): Grading["grade"] => {
    const value = reference[name];
    switch (name) {
      case "exact": {
        const right = exactReference(value, place);
        return async (text) => gradeExact(text, right);
      }
      case "number": {
        const right = readNumber(value);
        if (right === undefined) throw badReference(place, name, "a number");
        const tolerance = readNumber(reference["tolerance"]);
        return async (text) => gradeNumber(text, right, tolerance);
      }
      case "schema": {
        if (typeof value !== "object" || value === null || Array.isArray(value))
          throw badReference(place, name, "a JSON schema, an object");
        return async (text) => validated(() => schemas(text, value), place);
      }
      case "tests": {
        const tests = testsReference(value, place);
        return async (text) => code !== undefined && gradeCode(text, tests, code);
      }
      default:
        return name satisfies never;
    }
  };
  return ({ reference }, place) => {
    if (reference === undefined) return undefined;
    const names = GRADERS.filter((name) => reference[name] !== undefined && !(name === "tests" && code === undefined));
    if (names.length === 0) return undefined;
    const grades = names.map((name) => one(name, reference, place));
    return {
      names,
      async grade(text) {
        for (const grade of grades) if (!(await grade(text))) return false;
        return true;
      },
    };
  };
}

function exactReference(value: Json | undefined, place: string): readonly string[] {
  const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
  const right = values.flatMap((each) => (typeof each === "string" || typeof each === "number" ? [String(each)] : []));
  if (right.length === 0 || right.length < values.length) throw badReference(place, "exact", "text, or a list of texts");
  return right;
}

function testsReference(value: Json | undefined, place: string): CodeTests {
  if (typeof value === "string") return { language: "python", tests: value };
  const { language = "python", tests, code = tests } = Object(value) as { language?: string; tests?: unknown; code?: unknown };
  if (typeof code === "string" && isLanguage(language)) return { language, tests: code };
  throw badReference(place, "tests", `code, or {language, code} with ${CODE_LANGUAGES.join(" or ")}`);
}

function isLanguage(text: string): text is CodeLanguage {
  return (CODE_LANGUAGES as readonly string[]).includes(text);
}

function validated(validate: () => boolean, place: string): boolean {
  try {
    return validate();
  } catch (cause) {
    throw new SluiceError("data-invalid", `${place}: reference.schema is no JSON schema that can be compiled`, { cause });
  }
}

function badReference(place: string, name: GraderName, expected: string): SluiceError {
  const hint = "Correct the row's `reference`, or leave it out: then the judge model scores the answers.";
  return new SluiceError("data-invalid", `${place}: reference.${name}: expected ${expected}`, { hint });
}

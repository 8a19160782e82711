// An operator's own rubrics: YAML with a text for each task, or plain text for all.
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { SluiceError } from "../errors.ts";
import { GENERAL, RUBRICS, type Rubrics } from "../study/asking/judging/rubrics.ts";

/** YAML adds to our rubrics, and replaces those of the same name; text takes the place of all. Throws `judge-rubric`. */
export async function rubricsFrom(path: string | undefined): Promise<Rubrics> {
  if (path === undefined) return RUBRICS;
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new SluiceError("judge-rubric", `${path}: cannot be read`, { cause });
  });
  if (text.trim() === "") throw new SluiceError("judge-rubric", `${path}: is empty`);
  if (!/\.ya?ml$/i.test(path)) return { [GENERAL]: text };
  const rubrics = parsed(text, path);
  if (!isRubrics(rubrics)) throw new SluiceError("judge-rubric", `${path}: expected a text for each task`);
  return { ...RUBRICS, ...rubrics };
}

function parsed(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new SluiceError("judge-rubric", `${path}: is no YAML`, { cause });
  }
}

function isRubrics(value: unknown): value is Rubrics {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === "string" && text.trim() !== "");
}

// Reads a trained model's file for the configuration, so that a missing or damaged one is a problem of the line that names it.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { LearnedModel } from "../request/policy/learned/learned-model.ts";
import { ModelFileError, parseModel } from "../request/policy/learned/model-file.ts";

/** A problem's message says what is wrong and what to do. */
export type ModelRead = { readonly kind: "model"; readonly model: LearnedModel } | { readonly kind: "problem"; readonly message: string };

/** Reads the model at a path as the configuration spells it. */
export type ReadModel = (file: string) => ModelRead;

/** For paths from this folder. Takes a few milliseconds a model. */
export function modelsIn(folder: string): ReadModel {
  return (file) => {
    const path = resolve(folder, file);
    try {
      return { kind: "model", model: parseModel(readFileSync(path)) };
    } catch (error) {
      return { kind: "problem", message: problemOf(path, error) };
    }
  };
}

function problemOf(path: string, error: unknown): string {
  if (error instanceof ModelFileError) return `${path} is ${error.message}; \`sluice train\` makes a new one`;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return `there is no file ${path}; \`sluice train --data FILE --out ${path}\` makes it`;
  if (code === undefined) throw error;
  return `${path} cannot be read: ${(error as Error).message}`;
}

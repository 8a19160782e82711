// Reads a trained model's file for the configuration, so that a missing or damaged one is a problem of the line that names it.
import { resolve } from "node:path";
import type { LearnedModel } from "../request/policy/learned/learned-model.ts";
import { MAX_MODEL_BYTES, ModelFileError, parseModel } from "../request/policy/learned/model-file.ts";
import { type FileRead, readBoundedSync, type Trouble } from "./bounded-file.ts";

/** A problem's message says what is wrong and what to do. */
export type ModelRead = { readonly kind: "model"; readonly model: LearnedModel } | { readonly kind: "problem"; readonly message: string };

/** Reads the model at a path as the configuration spells it. */
export type ReadModel = (file: string) => ModelRead;

/** What was found at a path. */
export type OnRead = (path: string, identity: string) => void;

const MOST = `${MAX_MODEL_BYTES >> 20} MiB`;
/** Of all models of a configuration: each stays in memory, and two of each during a reload. */
const MAX_BYTES = 16 << 20;

/** For paths from this folder; each is read once. Takes a few milliseconds a model. */
export function modelsIn(folder: string, onRead: OnRead = () => {}): ReadModel {
  const known = new Map<string, ModelRead>();
  let bytesLeft = MAX_BYTES;
  const read = (path: string): ModelRead => {
    const found = readBoundedSync(path, MAX_MODEL_BYTES);
    onRead(path, found.identity);
    if (found.kind === "read") bytesLeft -= found.bytes.length;
    if (bytesLeft < 0) return { kind: "problem", message: `${path}: all models together have at most ${MAX_BYTES >> 20} MiB` };
    return modelOf(path, found);
  };
  return (file) => {
    const path = resolve(folder, file);
    const before = known.get(path);
    if (before !== undefined) return before;
    const model = read(path);
    known.set(path, model);
    return model;
  };
}

function modelOf(path: string, found: FileRead): ModelRead {
  if (found.kind === "trouble") return { kind: "problem", message: messageOf(path, found.trouble) };
  try {
    return { kind: "model", model: parseModel(found.bytes) };
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    return { kind: "problem", message: `${path} is ${error.message}; \`sluice train\` makes a new one` };
  }
}

function messageOf(path: string, trouble: Trouble): string {
  switch (trouble.what) {
    case "absent":
      return `there is no file ${path}; \`sluice train --data FILE --out ${path}\` makes it`;
    case "too-large":
      return `${path} is not a model: ${trouble.bytes} bytes, where a model has at most ${MOST}; \`sluice train\` makes a new one`;
    case "folder":
    case "no-file":
      return `${path} cannot be read: it is ${trouble.what === "folder" ? "a folder" : "no file"}`;
    case "unreadable":
      return `${path} cannot be read: ${trouble.cause.message}`;
    default:
      return trouble satisfies never;
  }
}

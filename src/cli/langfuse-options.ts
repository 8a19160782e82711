// Options of commands that speak with Langfuse: its address with the keys of the environment, and times.
import { InvalidArgumentError } from "commander";
import { SluiceError } from "../errors.ts";
import type { LangfuseAccess } from "../study/collect/langfuse-pages.ts";

export function isoTime(text: string): string {
  const ms = Date.parse(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(ms)) throw new InvalidArgumentError("It must be a time such as 2026-01-31T09:00:00Z.");
  return new Date(ms).toISOString();
}

/** Throws `langfuse-access`. `option`: what it was given with. */
export function langfuseAccess(given: string, env: NodeJS.ProcessEnv, option = "--langfuse"): LangfuseAccess {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new SluiceError("langfuse-access", `${option} ${given}: no address`);
  if (url.username !== "" || url.password !== "") throw new SluiceError("langfuse-access", `${option}: the address holds a key`);
  const { LANGFUSE_PUBLIC_KEY: publicKey = "", LANGFUSE_SECRET_KEY: secretKey = "" } = env;
  if (publicKey === "" || secretKey === "") {
    const missing = publicKey === "" ? "LANGFUSE_PUBLIC_KEY" : "LANGFUSE_SECRET_KEY";
    throw new SluiceError("langfuse-access", `${missing} is not set`);
  }
  return { url: url.href.replace(/\/$/, ""), publicKey, secretKey };
}

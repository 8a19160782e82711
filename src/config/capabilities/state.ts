// Where replicas share what one of them learns: a Redis or Valkey, and what of it they share.
import { z } from "zod";
import { storeAddress } from "../../state/store-address.ts";
import { note } from "../effective.ts";
import { checkedText } from "../fields.ts";
import { asGiven, type Capability, none } from "./capability.ts";

export interface StateSettings {
  readonly url: string | undefined; // undefined: each process keeps its state to itself
  readonly passwordFile: string | undefined;
  readonly prefix: string;
  readonly share: readonly Shared[];
}

const SHARED = ["outcomes", "sessions", "continued", "feedback", "repeats", "limits", "cache", "rollout", "learned", "consensus"] as const;
export type Shared = (typeof SHARED)[number];

const schema = z
  .strictObject({
    url: checkedText((text) => (storeAddress(text) === undefined ? "must be redis://host:port or rediss://host:port (TLS)" : undefined))
      .optional()
      .describe(
        "Redis or Valkey, `redis://[user@]host[:port][/database]`, `rediss:` with TLS. No request but for `cache` waits for it, and " +
          "none fails without it. Default: none; replicas know nothing of each other",
      ),
    passwordFile: z
      .string()
      .min(1)
      .optional()
      .describe("a file with its password, read at each connection. Default: `SLUICE_STATE_PASSWORD`'s; else the URL's; else none"),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be 1 to 64 of A-Z, a-z, 0-9, -, _ and .")
      .default("sluice")
      .describe("what every key and channel begins with, in braces: replicas with the same share, those of another Envoy take another"),
    share: z
      .array(z.enum(SHARED))
      .max(SHARED.length)
      .default([...SHARED])
      .describe(
        "what replicas share: `outcomes` (an access log entry or an answer's tokens find the replica that decided), `sessions`, " +
          "`continued` (what one server keeps), `feedback` (a rating finds the replica that decided), `repeats` (what is asked again " +
          "finds the replica that decided the first time), `limits` (quotas and budgets), " +
          "`cache` (kept answers; a chat that may be answered by one waits for the store, 50 ms at most), " +
          "`rollout` (one verdict on what all have counted), `learned` (what a bandit learns), `consensus` (what the first of " +
          "its answers says)",
      ),
  })
  .prefault({});

export const state: Capability<typeof schema, StateSettings> = {
  schema,
  resolve: ({ url, passwordFile, ...others }) => ({ url, passwordFile, ...others }),
  shown: asGiven,
  effective: ({ url, passwordFile, ...others }) => ({
    url: url ?? note("none: replicas know nothing of each other"),
    passwordFile: passwordFile ?? note("SLUICE_STATE_PASSWORD's; else the URL's; else none"),
    ...others,
  }),
  secrets: [],
  atNextStart: ["url", "passwordFile", "prefix", "share"],
  warnings: none,
};

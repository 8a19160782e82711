// Whether a finished request was a chat. What is none (a list of models, embeddings, files, audio) has no share in tiers, tokens and cost.
import type { AccessLogEntry } from "../../envoy/wire/access-log.ts";
import { meaningOfPath } from "../../request/chat/format.ts";
import { NO_POLICY } from "../../request/routing/decision.ts";
import { isNotChat } from "../../request/routing/reasons.ts";
import type { Decided } from "./outcome.ts";

/** `decided`: undefined when nothing was. One that was not read is a chat where its path says so. */
export function wasChat({ method, path }: Pick<AccessLogEntry, "method" | "path">, decided: Decided | undefined): boolean {
  if (decided !== undefined && isNotChat(decided.decision.reason)) return false;
  if (decided?.measured !== undefined) return true;
  if (decided !== undefined && decided.decision.policy !== NO_POLICY) return true; // asked by another process
  const { format, asks } = meaningOfPath(path);
  return (method === "POST" || method === undefined) && format !== undefined && format !== "other" && asks !== "its tokens";
}

// GET and POST /v1/rollout: how the rollout stands, in each process, and a person's word to it.
import type { IncomingMessage } from "node:http";
import { CHANGE_ACTIONS, type ChangeAction } from "../rollout/kept-rollout.ts";
import type { ActionResult } from "../rollout/rollouts.ts";
import type { RolloutStatus } from "../rollout/status.ts";
import { failure, json, type Reply } from "./reply.ts";
import { type Access, bodyOf, MAX_BODY_BYTES, writeRefused } from "./write-access.ts";

type Awaitable<T> = T | Promise<T>;

/** Of one process, or of several. */
export interface RolloutDesk {
  statuses(): Awaitable<readonly RolloutStatus[]>; // none: nothing is rolled out
  act(action: ChangeAction): Awaitable<ActionResult>;
}

export const NO_ROLLOUT: RolloutDesk = { statuses: () => [], act: () => ({ kind: "refused", why: "the configuration has no `rollout`" }) };

const WRITTEN = { path: "/v1/rollout", many: "a rollout's commands", none: "nothing is done" } as const;

export async function rolloutReply(request: IncomingMessage, access: Access, desk: RolloutDesk): Promise<Reply> {
  if (request.method === "GET" || request.method === "HEAD") {
    if (access.names.isTrustedHost(request.headers.host)) return json(200, { rollout: await desk.statuses() });
    return failure(403, `${request.headers.host}: not a name of this port; use its address, or add the name to listen.adminHosts`);
  }
  const refused = await writeRefused(request, access, WRITTEN);
  if (refused !== undefined) return refused;
  const body = await bodyOf(request);
  if (body === undefined) return failure(413, `the body must be at most ${MAX_BODY_BYTES} bytes`);
  const action = actionIn(body);
  if (action === undefined) return failure(400, `the body must be {"action": …}: one of ${CHANGE_ACTIONS.join(", ")}`);
  const result = await desk.act(action);
  return result.kind === "refused" ? failure(409, `${action}: ${result.why}`) : json(200, { rollout: await desk.statuses() });
}

function actionIn(body: string): ChangeAction | undefined {
  try {
    const { action } = Object(JSON.parse(body)) as { readonly action?: unknown };
    return CHANGE_ACTIONS.find((known) => known === action);
  } catch {
    return undefined;
  }
}

// When the events of a streamed answer reach a client.
import type { Headers } from "../../support/requests.ts";

/** In milliseconds from the request on, one a piece that arrived. */
export async function eventTimes(url: string, body: string, headers: Headers): Promise<readonly number[]> {
  const startedAt = performance.now();
  const times: number[] = [];
  const sent = { "content-type": "application/json", ...headers };
  const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers: sent, body });
  for await (const _piece of response.body ?? []) times.push(performance.now() - startedAt);
  return times;
}

// A model server that refuses what real ones refuse: parameters that its interface does not have, and those that exclude each other. What
// it takes it sends back as it came.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stopAtEnd } from "./teardown.ts";

type Request = Readonly<Record<string, unknown>>;

const SHARED = "model stream temperature top_p user metadata service_tier";
const OLDER = `${SHARED} max_tokens stop seed n frequency_penalty presence_penalty logit_bias logprobs stream_options`;
const TOOLS = "tools tool_choice parallel_tool_calls store safety_identifier prompt_cache_key top_logprobs";
const words = (text: string) => new Set(text.split(" "));
const KNOWN: Readonly<Record<string, ReadonlySet<string>>> = {
  "/v1/chat/completions": words(`${OLDER} ${TOOLS} messages max_completion_tokens reasoning_effort verbosity response_format modalities`),
  "/v1/completions": words(`${OLDER} prompt suffix echo best_of`),
  "/v1/responses": words(`${SHARED} ${TOOLS} input instructions max_output_tokens reasoning text include truncation previous_response_id`),
  "/v1/messages": words(
    "model stream temperature top_p top_k metadata service_tier messages system max_tokens stop_sequences tools tool_choice " +
      "thinking output_config",
  ),
};

/** Why the request is refused, in the words of the interface. */
function refusalOf(path: string, request: Request): string | undefined {
  const unknown = Object.keys(request).find((name) => !KNOWN[path]?.has(name));
  if (unknown !== undefined)
    return path === "/v1/messages" ? `${unknown}: Extra inputs are not permitted` : `Unknown parameter: '${unknown}'.`;
  const has = (name: string) => request[name] !== undefined && request[name] !== null;
  return path === "/v1/messages" ? messagesRefusal(request, has) : openAiRefusal(path, request, has);
}

function openAiRefusal(path: string, request: Request, has: (name: string) => boolean): string | undefined {
  if (has("max_tokens") && has("max_completion_tokens"))
    return "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
  const { effort } = (request["reasoning"] ?? {}) as { readonly effort?: string };
  const asked = request["reasoning_effort"] ?? effort;
  const isReasoner = path !== "/v1/completions" && /^(?:o\d|gpt-5)/.test(String(request["model"]));
  const reasons = isReasoner || (asked !== undefined && asked !== null && asked !== "none");
  if (!reasons) return undefined;
  if (isReasoner && has("max_tokens"))
    return "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
  const refused = ["temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "stop"].find(has);
  return refused && `Unsupported parameter: '${refused}' is not supported with this model.`;
}

function messagesRefusal(request: Request, has: (name: string) => boolean): string | undefined {
  if (!has("max_tokens")) return "max_tokens: Field required";
  if (has("temperature") && has("top_p")) return "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
  if (Number(request["temperature"] ?? 1) > 1) return "temperature: range: 0..1";
  const thinking = (request["thinking"] ?? { type: "disabled" }) as { readonly type: string; readonly budget_tokens?: number };
  if (thinking.type === "disabled") return undefined;
  if (has("temperature")) return "`temperature` may only be set to 1 when thinking is enabled.";
  if (has("top_k")) return "`top_k` must be unset when thinking is enabled.";
  return (thinking.budget_tokens ?? 0) >= Number(request["max_tokens"])
    ? "`max_tokens` must be greater than `thinking.budget_tokens`."
    : undefined;
}

export interface StrictServer {
  readonly address: string; // host:port
}

/** `refuses`: the status of every request, whatever it holds; for fallbacks. */
export async function startStrictServer(refuses?: number): Promise<StrictServer> {
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString();
    const message = refuses === undefined ? refusalOf(request.url ?? "", JSON.parse(body) as Request) : "full";
    const status = refuses ?? (message === undefined ? 200 : 400);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(message === undefined ? body : JSON.stringify({ error: { message } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stopAtEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

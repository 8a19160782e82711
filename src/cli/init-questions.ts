// The questions of `sluice init`, on a terminal: only for what the flags do not say. Everything is asked on standard error.
import type { Readable, Writable } from "node:stream";
import type { CANCEL_SYMBOL } from "@clack/prompts";
import { GATEWAYS, type Gateway, type Tier, TRAFFICS } from "../setup/init/answers.ts";
import { TRAFFIC_POLICIES } from "../setup/init/traffic-policy.ts";
import { parseServerUrl } from "../setup/stack/server-url.ts";
import type { InitOptions } from "./init-options.ts";

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

const GATEWAY_TITLES: Readonly<Record<Gateway, string>> = {
  envoy: "Envoy itself: writes envoy.yaml",
  kgateway: "kgateway, in Kubernetes: writes manifests",
  "envoy-gateway": "Envoy Gateway, in Kubernetes: writes manifests",
  none: "none, or one of my own: writes sluice.yaml alone",
};
const SERVERS: Readonly<Record<Tier, { readonly what: string; readonly example: string }>> = {
  weak: { what: "cheap", example: "http://127.0.0.1:11434" },
  strong: { what: "strong", example: "https://api.example.com/v1" },
};
const NO_URL = "It must be an http or https URL, without user, query or fragment.";

class Cancelled extends Error {}

/** The options, complete. Undefined: Ctrl-C. */
export async function askForMissing(options: InitOptions, terminal: Terminal): Promise<InitOptions | undefined> {
  try {
    return await ask(options, terminal);
  } catch (error) {
    if (error instanceof Cancelled) return undefined;
    throw error;
  }
}

async function ask(options: InitOptions, { input, output }: Terminal): Promise<InitOptions> {
  const { isCancel, select, text } = await import("@clack/prompts");
  const answer = async <T>(question: Promise<T | typeof CANCEL_SYMBOL>): Promise<T> => {
    const value = await question;
    if (isCancel(value)) throw new Cancelled();
    return value as T;
  };
  const choose = <Value extends string>(message: string, values: readonly Value[], title: (value: Value) => string): Promise<Value> => {
    const choices = values.map((value) => ({ value: value as string, label: title(value) }));
    return answer(select({ input, output, message, options: choices })) as Promise<Value>;
  };

  const gateway = options.gateway ?? (await choose("What stands in front of the model servers?", GATEWAYS, (kind) => GATEWAY_TITLES[kind]));
  const inCluster = gateway === "kgateway" || gateway === "envoy-gateway";
  const server = async (tier: Tier, url: InitOptions["weak"], model: string | undefined) => {
    if (url !== undefined) return { url, model }; // flags have said all there is to say
    const placeholder = inCluster ? `http://${tier}.llm:8000` : SERVERS[tier].example;
    const message = `The ${SERVERS[tier].what} model: the base URL of its OpenAI-compatible server`;
    const validate = (value: string | undefined) => (parseServerUrl(value ?? "") === undefined ? NO_URL : undefined);
    const asked = await answer(text({ input, output, message, placeholder, validate }));
    const name =
      model ?? (await answer(text({ input, output, message: "The model's name, where that server needs one", placeholder: "none" })));
    return { url: parseServerUrl(asked), model: name.trim() === "" ? undefined : name.trim() };
  };
  const weak = await server("weak", options.weak, options.weakModel);
  const strong = await server("strong", options.strong, options.strongModel);
  const traffic = options.traffic ?? (await choose("What is the traffic?", TRAFFICS, (kind) => TRAFFIC_POLICIES[kind].title));
  const out = options.out ?? (await answer(text({ input, output, message: "The folder to write to", initialValue: "." })));
  return {
    yes: options.yes,
    weak: weak.url,
    weakModel: weak.model,
    strong: strong.url,
    strongModel: strong.model,
    traffic,
    gateway,
    out: out.trim() === "" ? "." : out.trim(),
  };
}

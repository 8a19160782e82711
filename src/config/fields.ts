// Kinds of values that several keys of the configuration share.
import { z } from "zod";
import { checkKeyword, MAX_KEYWORDS } from "../request/chat/keywords.ts";
import { checkParamName } from "../request/chat/params.ts";
import { regexProblem } from "../request/policy/regex.ts";

const MAX_COUNT = 2 ** 31 - 1;
const MAX_PATTERN_CHARS = 1000;

/** Text that a function finds nothing wrong with; what it finds is the end of a sentence. */
export function checkedText(problemOf: (text: string) => string | undefined) {
  return z.string().check((context) => {
    const message = problemOf(context.value);
    if (message !== undefined) context.issues.push({ code: "custom", message, input: context.value });
  });
}

export const keyword = checkedText((text) => (text.trim() === "" ? "must not be empty" : checkKeyword(text.toLowerCase())));
export const keywords = z.array(keyword).max(MAX_KEYWORDS);

export const tierName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "must be 1 to 63 of a-z, 0-9 and -, and not begin or end with -");

export const policyName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, "must be 1 to 63 of A-Z, a-z, 0-9, - and _, and begin with a letter or digit");

export const count = z.int().min(0).max(MAX_COUNT);
export const share = z.number().min(0).max(1);

/** `*` stands for any characters. */
export const pattern = z.string().min(1).max(MAX_PATTERN_CHARS);

export const filePath = z.string().min(1).max(4096);

export const regex = checkedText(regexProblem);

/** What is wrong with the URL of a server to send to; undefined: nothing. */
function httpUrlProblem(text: string): string | undefined {
  const { protocol } = URL.canParse(text) ? new URL(text) : { protocol: "" };
  return protocol === "http:" || protocol === "https:" ? undefined : "must be a URL that begins with http:// or https://";
}

export const httpUrl = checkedText(httpUrlProblem);

export const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, "must be the name of a header, such as x-team");

const KEEPS_REQUEST = "it is what the client asks, which a policy does not change";

/** Members that no policy sets, and why. */
const FOREIGN_PARAMS: Readonly<Record<string, string>> = {
  model: "a tier sets it: `model` in `tiers`",
  messages: KEEPS_REQUEST,
  input: KEEPS_REQUEST,
  prompt: KEEPS_REQUEST,
  system: KEEPS_REQUEST,
  instructions: KEEPS_REQUEST,
  stream: "the client reads the answer in the form it asked for",
};

const paramName = checkedText((name) => {
  const reason = Object.hasOwn(FOREIGN_PARAMS, name) ? FOREIGN_PARAMS[name] : undefined;
  if (reason !== undefined) return `cannot be set: ${reason}`;
  return checkParamName(name);
});

/** Members to set in the body, with their values. */
const params = z.record(paramName, z.unknown()).check((context) => {
  for (const [name, value] of Object.entries(context.value)) {
    const message = jsonProblem(value);
    if (message !== undefined) context.issues.push({ code: "custom", message, input: value, path: [name] });
  }
});

/** YAML can say more than JSON: numbers without end, and whole ones that are not kept exactly. */
export function jsonProblem(value: unknown): string | undefined {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return `${value} cannot be said in JSON`;
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? "is too large a number to be kept exactly" : undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const inner of Object.values(value)) {
    const problem = jsonProblem(inner);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** For maps that say where a request goes. */
export const paramKeys = {
  params: params
    .prefault({})
    .describe(
      "parameters to set in the body, such as `{ temperature: 0.3, max_tokens: 100 }`: any JSON values. Each is set under the name that " +
        "the request's format has for it, where none of its names is given, and left out where the format, or thinking, forbids it. " +
        "Those of a rule or a band go with its tier: where another serves the request, they are not set",
    ),
  overwrite: z.boolean().default(false).describe("`params` replace the client's own values too. Default: only what is not set"),
};

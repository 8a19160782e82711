// Of which kind an agent's turn is, by what its body says. Each kind is known by marks of its own that no ordinary chat has; where they are
// known from is said beside them.
import type { TurnType } from "./actions.ts";

/** What is asked of a request, each at the first question. */
export interface TurnSource {
  readonly maxTokens: number | undefined;
  readonly turns: number;
  readonly tools: boolean;
  readonly lastSpeaker: "person" | "tools" | "model" | undefined;
  readonly userSession: string | undefined; // given: it carries the mark of a coding agent
  schema(): unknown; // what JSON is asked for, parsed; undefined: none, or a long one
  system(): Uint8Array | undefined; // the system text, in UTF-8
  mayBeSubagents(): boolean; // the system text begins as SUBAGENT_SYSTEM has it (assembly/opening.ts)
  asked(): Uint8Array | undefined; // what a person said last
}

/** So much of a text is searched. */
const FRONT_BYTES = 1536;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** To see whether a server answers, or a quota lasts: Claude Code asks for 1, as do most. */
const MAX_PROBE_TOKENS = 4;
/** A word or two, or a small object. */
const MAX_CLASSIFIER_TOKENS = 256;
const MAX_CLASSIFIER_MESSAGES = 3;

/** Members of what a title is asked for as: Claude Code has `title`, with `branch` or `isNewTopic` in some versions. */
const TITLE_MEMBERS: ReadonlySet<string> = new Set(["title", "branch", "isNewTopic"]);
/** `needs`: what no text that the pattern fits is without, in lower case. To look for it takes a tenth of the pattern's time. */
interface Mark {
  readonly needs: string;
  readonly pattern: RegExp;
}

/** OpenCode; Claude Code before it asked for JSON. */
const TITLE_SYSTEMS: readonly Mark[] = [
  { needs: "you are a title generator", pattern: /^\s*You are a title generator\. You output ONLY a thread title\./ },
  { needs: "a new conversation topic", pattern: /\bAnalyze if this message indicates a new conversation topic\b/ },
];

/** Claude Code and Cline; Codex; OpenCode. */
const COMPACTIONS: readonly Mark[] = [
  {
    needs: "create a detailed summary of",
    pattern: /\byour task is to create a detailed summary of (?:the|this|our) (?:[\w-]+ (?:portion|part) of the )?conversation\b/i,
  },
  { needs: "context checkpoint compaction", pattern: /\bYou are performing a CONTEXT CHECKPOINT COMPACTION\b/ },
  {
    needs: "for continuing our conversation",
    pattern: /^\s*Provide a detailed (?:prompt|summary) for continuing our conversation above\b/,
  },
];
/** Claude Code, OpenCode; aider; Gemini CLI. */
const COMPACTION_SYSTEMS: readonly Mark[] = [
  {
    needs: "tasked with summarizing conversations",
    pattern: /\bYou are a helpful AI assistant tasked with summarizing conversations\b/,
  },
  { needs: "summarize this partial conversation", pattern: /^\s*\*Briefly\* summarize this partial conversation about programming\./ },
  {
    needs: "the component that summarizes internal chat history",
    pattern: /\bYou are the component that summarizes internal chat history into a given structure\b/,
  },
];

/** Claude Code's agents beside the one a person talks with: in front, but for a line on billing, which says it in newer versions. */
const BILLING = "x-anthropic-billing-header:";
const SUBAGENT_SYSTEM = new RegExp(
  `^(?:${BILLING}[^\\n]{0,500}?)?\\s*(?:cc_is_subagent=true;|You are an? (?:agent|[\\w -]{1,60} specialist) for Claude Code\\b)`,
);
const SUBAGENT_BYTES = 640;

export function turnTypeOf(request: TurnSource): TurnType {
  if (isProbe(request)) return "probe";
  if (!request.tools && isTitle(request)) return "title";
  if (isCompaction(request)) return "compaction";
  if (isSmall(request) && request.userSession !== undefined) return "classifier";
  if (request.tools && isSubagents(request)) return "subagent";
  return request.lastSpeaker === "tools" || isResultAsText(request) ? "tool-result" : "user";
}

function isProbe({ maxTokens }: TurnSource): boolean {
  return maxTokens !== undefined && maxTokens <= MAX_PROBE_TOKENS;
}

function isTitle(request: TurnSource): boolean {
  return asksForTitle(request.schema()) || matches(TITLE_SYSTEMS, request.system());
}

/** The schema stands in `schema`: of `format` in `text` and `output_config`, of `json_schema` in `response_format`, else of it itself. */
function asksForTitle(asked: unknown): boolean {
  const format = memberOf(asked, "format") ?? asked;
  const schema = memberOf(memberOf(format, "json_schema") ?? format, "schema");
  const properties = memberOf(schema, "properties");
  if (typeof properties !== "object" || properties === null) return false;
  const names = Object.keys(properties);
  return names.includes("title") && names.every((name) => TITLE_MEMBERS.has(name));
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** A conversation is summarised behind what it consists of: in a first message there is none. */
function isCompaction(request: TurnSource): boolean {
  if (request.lastSpeaker !== "person") return false;
  if (request.turns > 1 && matches(COMPACTIONS, request.asked())) return true;
  return !request.tools && matches(COMPACTION_SYSTEMS, request.system());
}

/** What an agent asks beside its work: whether a command is safe, what a file is about. An ordinary chat may be as small. */
export function isSmall({ maxTokens, turns, tools }: Pick<TurnSource, "maxTokens" | "turns" | "tools">): boolean {
  return !tools && turns <= MAX_CLASSIFIER_MESSAGES && maxTokens !== undefined && maxTokens <= MAX_CLASSIFIER_TOKENS;
}

/** Cline and Roo Code without native tools: `[read_file for 'src/a.ts'] Result:` in front of a message of the user. */
const RESULT_AS_TEXT: readonly Mark[] = [{ needs: "] result:", pattern: /^\[[a-z_]{3,40}(?: for '[^\n]{0,1000}'?)?\] Result:/ }];

function isResultAsText(request: TurnSource): boolean {
  return (
    request.lastSpeaker === "person" &&
    request.turns > 2 &&
    isFront(request.asked(), OPEN_BRACKET) &&
    matches(RESULT_AS_TEXT, request.asked())
  );
}

const OPEN_BRACKET = new Uint8Array([0x5b]);

function isSubagents(request: TurnSource): boolean {
  if (!request.mayBeSubagents()) return false;
  return SUBAGENT_SYSTEM.test(UTF8.decode(request.system()?.subarray(0, SUBAGENT_BYTES)));
}

function isFront(text: Uint8Array | undefined, front: Uint8Array): boolean {
  if (text === undefined || text.length < front.length) return false;
  for (let at = 0; at < front.length; at++) if (text[at] !== front[at]) return false;
  return true;
}

function matches(marks: readonly Mark[], text: Uint8Array | undefined): boolean {
  if (text === undefined) return false;
  const front = UTF8.decode(text.subarray(0, FRONT_BYTES));
  const lowerCase = front.toLowerCase();
  return marks.some(({ needs, pattern }) => lowerCase.includes(needs) && pattern.test(front));
}

// Writes docs/reference.md from the code: every config key, preset, header, reason, metric, error and admin path; and beside it the JSON
// Schema for editors. Run: npm run reference
import { writeFileSync } from "node:fs";
import { editorSchemaText } from "../src/config/editor-schema.ts";
import { describeKeys, describePolicyTypes, type KeyDescription, type PolicyTypeDescription } from "../src/config/keys.ts";
import { POLICIES, POLICY_REASONS } from "../src/config/policies/list.ts";
import { PRESETS } from "../src/config/presets.ts";
import { ERRORS } from "../src/errors.ts";
import { ADMIN_PATHS } from "../src/outcome/admin/paths.ts";
import { DECISION_LINE_FIELDS } from "../src/outcome/sinks/decision-line.ts";
import { METRICS, type MetricDescription, PROCESS_METRICS } from "../src/outcome/telemetry/catalogue.ts";
import { SESSION_NAMES, USER_NAMES } from "../src/request/chat/scanned-facts.ts";
import { DIFFICULTY_WORDS } from "../src/request/policy/difficulty-words.ts";
import {
  ARM_HEADER,
  CANNOT_HEADER,
  CASCADE_HEADER,
  HEADER_PREFIX,
  NO_POLICY,
  PARAMS_HEADER,
  POLICY_HEADER,
  REASON_HEADER,
  SHAPED_HEADER,
  TIER_HEADER,
} from "../src/request/routing/decision.ts";
import {
  ABSTAINED,
  AUDIT_REASONS,
  CANNOT_REASONS,
  CONTINUED_REASONS,
  HEALTH_REASONS,
  LIMIT_REASONS,
  PINNED_REASONS,
  type ReasonMeaning,
  TOKEN_COUNT,
  UNROUTED_REASONS,
} from "../src/request/routing/reasons.ts";
import { FINDINGS } from "../src/setup/doctor/catalogue.ts";
import { parameters } from "./reference/parameters.ts";

export const REFERENCE_FILE = new URL("../docs/reference.md", import.meta.url);
export const SCHEMA_FILE = new URL("../docs/sluice.schema.json", import.meta.url);

/** The whole document. */
export function referenceText(): string {
  const sections = [
    INTRODUCTION,
    configuration(),
    policies(),
    parameters(),
    presets(),
    headers(),
    metrics(),
    misrouteSignals(),
    decisionLog(),
    SPANS,
    adminPaths(),
    findings(),
    errors(),
    EXIT_CODES,
  ];
  return `${sections.join("\n\n")}\n`;
}

const INTRODUCTION = `# Reference

Made from the code by \`npm run reference\`; a test fails when it is out of date.`;

const EXIT_CODES = `## Exit codes

| Code | Meaning |
|---|---|
| 0 | fine |
| 1 | the work failed |
| 2 | wrong usage or configuration |

Results go to standard output, messages and the log to standard error.`;

function configuration(): string {
  return `## Configuration

One YAML file, given with \`--config\`. What the tables call required must stand in its map or list entry, and a policy must
have its \`type\`; everything else is optional. Unknown keys are refused with the nearest known one, and all problems are reported
at once with their line and column. A changed file is taken over while running, on SIGHUP too; one with problems changes nothing.
A learned policy's model file counts as part of it. The \`listen\` addresses take effect at the next start.

${keyTable(describeKeys())}`;
}

function policies(): string {
  return ["## Policies", POLICIES_INTRODUCTION, ...describePolicyTypes().map(policyType)].join("\n\n");
}

const POLICIES_INTRODUCTION = `Each stands under its name in \`policies\`; \`active\` names the one that decides. A policy that abstains
leaves the request to the next link of its chain, and at the end to \`defaultTier\`.`;

function policyType({ type, meaning, keys }: PolicyTypeDescription): string {
  const example = exampleConfig(type);
  return `### ${type}

${sentence(meaning)}

${keyTable(keys)}

\`\`\`yaml
${example}\`\`\``;
}

/** The example of this type of policy as a configuration file. */
export function exampleConfig(type: string): string {
  const example = POLICIES.find((descriptor) => descriptor.type === type)?.example ?? "";
  return `active: ${/^\w+/.exec(example)?.[0]}\npolicies:\n${example.replaceAll(/^/gm, "  ")}\n`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function keyTable(keys: readonly KeyDescription[]): string {
  return table(
    ["Key", "Type", "Default", "Meaning"],
    keys.map((key) => [code(key.key), key.type, key.required ? "required" : defaultOf(key.default), key.meaning]),
  );
}

/** Lists and maps say their default in their meaning. */
function defaultOf(value: unknown): string {
  return value === undefined || typeof value === "object" ? "" : code(String(value));
}

function presets(): string {
  const rows = Object.entries(PRESETS).map(([name, { keywords, maxChars, maxTurns }]) => [
    code(name),
    `${maxChars}`,
    `${maxTurns}`,
    keywords.join(" "),
  ]);
  const words = Object.entries(DIFFICULTY_WORDS).map(([kind, list]: [string, readonly string[]]) => [code(kind), list.join(", ")]);
  return `## Presets

### threshold

An edition has 17 keywords, English 10 and Chinese 7; the Korean ones are the Chinese ones' counterparts. Which keywords v1, v3
and v5 had is not recorded: that they are the first 5, 10 and 15 of the list is our reading. \`v7-hant\` is v7 with the Chinese words in
Traditional Chinese, too, for Taiwan and Hong Kong: \`policies: { main: { type: threshold, preset: v7-hant } }\`, which decides as
\`main@v7-hant\`. What an edition decides does not change.

${table(["Preset", "maxChars", "maxTurns", "Keywords"], rows)}

### How words are sought

Keywords of every policy are found in any case, and however they and the text are written: the text is folded before, the body stays as
it is. Folded are Korean and accents written letter by letter (\`ㅅㅓㄹ\` as U+1109 U+1165 U+11AF is \`설\`), full-width and half-width
forms (\`ｄｅｓｉｇｎ\`, \`Ｃ＋＋\`), letters in circles and of mathematics, ligatures, compatibility ideographs and white space of all
widths, as Unicode's NFKC has them; and what is not seen is left out (soft hyphens, zero-width spaces and joiners, marks of direction,
selectors of variants). Numbers and signs that are no letters stay (\`①\` \`²\` \`™\`), and so do single Korean letters (\`ㅋㅋ\`).
\`maxChars\` counts what can be written as one character as one; bytes are those of the text as it is written. A \`regex\` is tried on
the text as it is written and, where that was folded, on the folded one. The learned policy reads the text as it is written, as it did
when it was trained.

### difficulty

score = 0.2·min(characters/2000, 1) + 0.3·min(reasoning words/3, 1) + 0.2·min(structure words/2, 1) + 0.3·min(domain words/2, 1), over the
last user message. Each word counts once, and is found where a word starts; in scripts without spaces, and in Korean, anywhere.

${table(["Kind", "Words"], words)}`;
}

function headers(): string {
  const rows = [
    [code(TIER_HEADER), "the tier's name; Envoy's routes match it"],
    [
      code(POLICY_HEADER),
      `name and version: \`main@v7\` when all settings are a preset's, else a hash over them; ` +
        `behind a slash the link of a chain that decided; \`${NO_POLICY}\` when no policy was asked`,
    ],
    [
      code(REASON_HEADER),
      "why, from the lists below; with the keyword, the rule or the score behind a colon, percent-encoded, where there is one",
    ],
    [code(ARM_HEADER), "`stable` or `candidate`; only while a rollout runs (`rollout`)"],
    [
      code(CANNOT_HEADER),
      "the tiers that cannot take the request, such as `weak` (`tiers[].can`, `contextTokens`); only where there are such. Routes match " +
        "it, so that no fallback goes there",
    ],
    [
      code(CASCADE_HEADER),
      "the tiers to be asked in turn until an answer is good enough, such as `weak,strong`; only where its answer is judged (`cascade`). " +
        "Routes to clusters with the filter that judges match it",
    ],
    [
      code(PARAMS_HEADER),
      "the `params` put into the body for the tier, such as `temperature,max_tokens`; only where there are such. Where another tier " +
        "serves the next attempt, they are taken out again by it",
    ],
    [
      code(SHAPED_HEADER),
      "the tier, rule or band whose instructions were added to the body (`shape`), where they stand in it, and its bytes, such as " +
        "`weak;23-61;480`; only where there are such. Where another tier serves the next attempt, they are taken out again by it",
    ],
  ];
  const list = (reasons: readonly ReasonMeaning[]) =>
    table(
      ["Reason", "Meaning"],
      reasons.map(({ name, meaning }) => [code(name), meaning]),
    );
  return `## Request headers

Set on every request, but for the last two. Whatever else a client sends under \`${HEADER_PREFIX}\` is removed.

${table(["Header", "Value"], rows)}

Reasons a policy gives:

${list([...POLICY_REASONS, ABSTAINED, TOKEN_COUNT])}

Reasons that stand in front of any policy, which is not asked then (behind the colon, by what it refers):

${list(CONTINUED_REASONS)}

Reasons of another tier than was decided, since the session began elsewhere (behind the colon, what keeps it there):

${list(PINNED_REASONS)}

Reasons of another tier than was decided, so that it can be seen what that one does:

${list(AUDIT_REASONS)}

Reasons of another tier than was decided, since that one cannot take the request (behind the colon, what it lacks):

${list(CANNOT_REASONS)}

Reasons of another tier than was decided, or of none, since what may be spent is used up (behind the colon, the limit's name):

${list(LIMIT_REASONS)}
Reasons of another tier than was decided, since that one fails or is late (behind the colon, the tier that was left):

${list(HEALTH_REASONS)}

Reasons for passing a request to the default tier unchanged, without asking a policy:

${list(UNROUTED_REASONS)}`;
}

function metrics(): string {
  const described: readonly MetricDescription[] = [...Object.values(METRICS), ...Object.values(PROCESS_METRICS)];
  const rows = described.map(({ name, kind, labels, help }) => [code(name), kind, labels.map(code).join(", "), help]);
  return `## Metrics

On \`/metrics\`, beside those of Node.js and the process (\`nodejs_…\`, \`process_…\`). A counter keeps at most 500 sets of label
values; what comes later is counted under \`other\`.

${table(["Name", "Kind", "Labels", "Meaning"], rows)}`;
}

function misrouteSignals(): string {
  const inOrder = (names: object) => Object.keys(names).map(code).join(", ");
  return `## Misroute signals

Signs that a request went to the wrong tier, for \`${METRICS.misrouteSignals.name}\`, the page and the log. Signs, not proof:
they say where to look. One sender gives one repeat and one low rating a minute; the rest is counted in \`${METRICS.votesIgnored.name}\`
(docs/reliability.md).

${table(
  ["Kind", "What was seen", "What it needs"],
  [
    [code("repeat"), "nearly the same asked again within 5 minutes of a weaker tier's answer, by the same user or session", REPEAT_NEEDS],
    [
      code("cheap-strong"),
      "a stronger tier's answer that cost over $0.01, to under 200 characters, first byte within 2 s",
      "prices, and the access log",
    ],
    [code("low-rating"), "a weaker tier's answer rated 1 or 2", "an application that sends ratings to `/v1/feedback`"],
  ],
)}

Who asks is read from the request's body, in every format; of the headers only the one that \`voter\` names is
looked at: it tells senders apart, and users of one sender are told apart by the body. The user is the first of these that is text and not
empty: ${inOrder(USER_NAMES)}. Without one the session stands for the user:
${inOrder(SESSION_NAMES)}
(\`conversation\` may be an object with an \`id\`). Of either a hash is kept, in memory.

| Format | What its clients send |
|---|---|
| \`chat-completions\` | \`user\`, newer ones \`safety_identifier\` and \`prompt_cache_key\`; \`session_id\` of some gateways |
| \`responses\` | the same, and \`conversation\` |
| \`messages\` | \`metadata.user_id\` |
| \`completions\` | \`user\` |

The SDKs send none of them unasked: an application passes its own user's id, or a session's. Claude Code sends
\`metadata.user_id\`, one for each session. A request that names neither, nor has the header of \`voter\`, is never counted as a repeat.`;
}

const REPEAT_NEEDS = "a user or a session named in both requests, the access log, and a message of a dozen characters or more";

function decisionLog(): string {
  const rows = DECISION_LINE_FIELDS.map(({ field, type, meaning }) => [code(field), type, meaning]);
  return `## Decision log

With \`decisionLog.to\`, one JSON object a line for each finished request; dots in the table stand for objects in it, and a field
without a value is left out. Requests never wait for it: what a slow, stuck or full disk does not take is dropped, counted
(\`${METRICS.decisionLogLines.name}\`) and logged once a minute. A line is a row of a data set for \`sluice evaluate\`: its \`prompt\`
is there with \`capturePrompts\`, and a person adds \`label\`.

${table(["Field", "Type", "Meaning"], rows)}`;
}

const SPANS = `## Traces

One span per finished request by OTLP over HTTP, exported when its outcome is known, with start and end as Envoy measured them. Its
parent is Envoy's span where Envoy traces (\`traceparent\` in the ext_proc call's metadata), else the client's (\`traceparent\` of the
request). Attributes: \`gen_ai.*\` and \`langfuse.*\` as these define them, with \`langfuse.trace.tags\` such as \`tier:weak\`,
\`keyword_match:false\` and \`turn_count:3\`; for viewers of OpenInference \`openinference.span.kind\`, \`llm.model_name\` (the model that
served), \`llm.token_count.*\` and \`llm.cost.*\`; and \`sluice.tier.decided\`, \`sluice.tier.served\`, \`sluice.policy\`,
\`sluice.reason\`, \`sluice.attempts\`, \`sluice.fell_back\`, \`sluice.unrouted\`, \`sluice.outcome\`, \`sluice.request_id\` and
more. The text of a prompt is in \`gen_ai.input.messages\`, \`input.value\` and \`langfuse.observation.input\`, with
\`capturePrompts\` only. What the receiver does not take is dropped and counted (\`${METRICS.spans.name}\`). Besides
the endpoint and the headers, the exporter follows OpenTelemetry's variables for certificates and compression; \`OTEL_SERVICE_NAME\` and
\`OTEL_RESOURCE_ATTRIBUTES\` name this process.

For Langfuse: \`endpoint: https://HOST/api/public/otel/v1/traces\`, and in the environment
\`OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic BASE64,x-langfuse-ingestion-version=4"\` with the base64 of the project's two keys, a
colon between.

For Arize Phoenix: \`endpoint: http://HOST:6006\`. It shows the prompt, the tokens and the model; cost it works out itself, by the name of
the model (tried with 20.26): give the tiers' \`model\` the same prices in its settings, under Models, and it shows what sluice counts.`;

function adminPaths(): string {
  const rows = Object.entries(ADMIN_PATHS).map(([path, answer]) => [code(path), answer]);
  return `## Admin port

Read-only, by GET and HEAD, but for \`/v1/feedback\`.

${table(["Path", "Answer"], rows)}

Both ports are for those you trust. They listen on loopback unless \`listen\` says otherwise, and speak TLS only with \`listen.tls\` and
\`listen.adminTls\`. Who reaches \`listen.extProc\` can have requests decided and counted, and send access log entries: an entry of a
request that was not decided here costs nothing and moves nothing but the count of \`elsewhere\`; one that says nobody decided it counts
as \`unrouted\`, with its cost. Who reaches \`listen.admin\` sees the configuration without its secrets, the metrics and the last
requests, without their text. In a cluster the NetworkPolicy of \`deploy/kubernetes\` lets in the gateways' Envoys and Prometheus
(docs/reliability.md), if the cluster's network plugin enforces such policies.

A web page must not use an operator's browser to get there. \`/\`, \`/live\` and \`/config\` are refused (403) when \`Host\` is a name
other than \`localhost\`, the host in \`listen.admin\` or one of \`listen.adminHosts\`; any IP address will do. \`/v1/feedback\` is
refused (403) when \`Origin\` is another page's than the port's own, and takes JSON alone (415); clients that are no browsers send no
\`Origin\`, and may use any name. With \`listen.adminTokenFile\`, or \`SLUICE_ADMIN_TOKEN\` in the environment, it takes only what brings
\`authorization: Bearer TOKEN\` (401). The file is read anew for each rating, so a secret may be changed under it; the token is in no log,
answer or configuration shown.`;
}

function findings(): string {
  const rows = Object.entries(FINDINGS).map(([id, { severity, title, why }]) => [code(id), severity, title, why]);
  return `## Findings of the doctor

What \`sluice doctor\` looks for. An error: requests fail or are not routed. A warning: they will, under load or when a server is gone. A
note: it costs, or hides something. With an error it exits 1.

${table(["Finding", "Severity", "What it is", "What comes of it"], rows)}`;
}

function errors(): string {
  const rows = Object.entries(ERRORS).map(([name, { exitCode, meaning, hint }]) => [code(name), `${exitCode}`, meaning, hint]);
  return `## Errors\n\n${table(["Code", "Exit code", "Meaning", "What to do"], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) {
  writeFileSync(REFERENCE_FILE, referenceText());
  writeFileSync(SCHEMA_FILE, editorSchemaText());
}

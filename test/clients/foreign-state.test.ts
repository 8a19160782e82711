// Claude Code and Codex at work through a real Envoy and sluice, before two tiers whose servers refuse what the other one gave out: results
// of tools that it asked for, thinking that it signed or encrypted, responses that it keeps. A task with a sub-agent, a question behind it
// and a compaction are never refused, with turns on both tiers; without protection they are.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Agent, type AgentSetting, claudeCode, codex } from "./support/agents.ts";
import { npmClients } from "./support/installed.ts";
import type { Script, ToolCall } from "./support/model-server.ts";
import { type Answered, type RecordedStack, said, startRecordedStack } from "./support/recorded-stack.ts";

const EXAMPLE = readFileSync(new URL("../../examples/agents.yaml", import.meta.url), "utf8");
const WINDOWS = Array.from({ length: 12 }, (_, k) => [
  `{ name: to strong ${k}, tier: strong, match: { toolLoop: true, minTurns: ${6 * k + 1}, maxTurns: ${6 * k + 3} } }`,
  `{ name: to weak ${k}, tier: weak, match: { toolLoop: true, minTurns: ${6 * k + 4}, maxTurns: ${6 * k + 6} } }`,
]);
/** Changes its mind in every loop of tools; questions go by their text, and a compaction to weak. */
const FICKLE = `active: main
policies:
  main: { type: chain, of: [small, fickle, questions] }
  small: { type: rules, rules: [{ name: small jobs, tier: weak, match: { turn: [compaction] } }] }
  fickle: { type: rules, rules: [${WINDOWS.flat().join(", ")}] }
  questions: { type: threshold, preset: v7, scope: prompt, countTurns: human, maxTurns: 20 }`;

/** What the policies send where. */
const TASK = "Please design a bridge";
const HELLO = "say hello";
const OF_SUBAGENT = "Find the words";
const CALLS = 6;
const SUBAGENT_CALLS = 2;

interface Kind {
  readonly start: (setting: AgentSetting) => Agent;
  readonly shell: (line: number) => ToolCall;
  readonly subagent: ToolCall;
  /** Waits for the sub-agent; undefined: the call of it did. */
  readonly wait: (body: string) => ToolCall | undefined;
  /** Has the session summarised. `calls`: of tools, beside it, each behind the other. */
  readonly compact: { readonly calls: number; readonly start: (agent: Agent, tokens: number) => Promise<unknown> };
}

const KINDS: readonly (readonly [name: string, kind: Kind])[] = [
  [
    "Claude Code",
    {
      start: claudeCode,
      shell: (line) => ({ name: "Bash", arguments: { command: `echo line ${line} >> made.txt`, description: "Adds a line" } }),
      subagent: { name: "Agent", arguments: { description: "Finds words", prompt: OF_SUBAGENT, run_in_background: false } },
      wait: () => undefined,
      compact: { calls: 0, start: (agent) => agent.goOn("/compact") },
    },
  ],
  [
    "Codex",
    {
      start: codex,
      shell: (line) => ({ name: "exec_command", arguments: { cmd: `echo line ${line} >> made.txt` } }),
      subagent: { name: "spawn_agent", namespace: "multi_agent_v1", arguments: { message: OF_SUBAGENT } },
      wait(body) {
        const targets = [/agent_id[\\":]+([0-9a-f-]{36})/.exec(body)?.[1] ?? ""];
        return { name: "wait_agent", namespace: "multi_agent_v1", arguments: { targets } };
      },
      // in the middle of the work, once the history has grown by so much
      compact: { calls: 4, start: (agent, tokens) => agent.goOn(HELLO, "-c", `model_auto_compact_token_limit=${tokens + 400}`) },
    },
  ],
];

/** The sub-agent's share of the work is two lines; the task's own is to start it, the other lines, and where it must to wait for it. */
function taskScript({ shell, subagent, wait }: Kind): Partial<Script> {
  let lines = 0;
  return {
    rounds: 99,
    call(offered, { results, body }) {
      if (!offered.includes(shell(0).name)) return undefined;
      if (!body.includes(TASK)) return results < SUBAGENT_CALLS ? shell(++lines) : undefined;
      if (results === 0) return subagent;
      return results < CALLS ? shell(++lines) : results === CALLS ? wait(body) : undefined;
    },
  };
}

/** Goes on with so many calls more than the session has seen. */
function moreScript({ shell }: Kind, { results, calls }: { readonly results: number; readonly calls: number }): Partial<Script> {
  const isNext = (seen: number) => seen >= results && seen < results + calls;
  return {
    rounds: 99,
    call: (offered, asked) => (offered.includes(shell(0).name) && isNext(asked.results) ? shell(asked.results) : undefined),
  };
}

const { folder, missing } = await npmClients();
const bin = join(folder, "node_modules/.bin");

async function answers(stack: RecordedStack, script: Partial<Script>, run: () => Promise<unknown>): Promise<readonly Answered[]> {
  stack.begin(script);
  await run();
  return await stack.answered();
}

const resultsIn = ({ body }: Answered) => body.toString("utf8").match(/"(?:tool_result|function_call_output)"/g)?.length ?? 0;

const CONFIGS = [
  ["the example for agents", EXAMPLE],
  ["a policy that changes its mind in every loop", FICKLE],
] as const;
const CASES = KINDS.flatMap(([name, kind]) => CONFIGS.map(([policy, yaml]) => ({ name, kind, policy, yaml })));

interface Worked {
  readonly steps: { readonly [step in "task" | "question" | "compaction" | "behind"]: readonly Answered[] };
  readonly lines: readonly string[]; // of what the task wrote
  readonly made: string; // by its tools
}

/** A task, a question behind it, a compaction, and a question behind that, each a run of the agent. */
async function work(kind: Kind, yaml: string, mayFail = false): Promise<Worked> {
  const stack = await startRecordedStack({ config: { yaml }, thinks: () => true, refusesForeign: true });
  const agent = kind.start({ bin, url: stack.url, mayFail });
  const run: { lines: readonly string[]; made: string } = { lines: [], made: "" };
  const task = await answers(stack, taskScript(kind), async () => {
    const { lines, file } = await agent.ask(TASK);
    Object.assign(run, { lines, made: file("made.txt") ?? "" });
  });
  const results = Math.max(0, ...task.map(resultsIn));
  const question = await answers(stack, moreScript(kind, { results, calls: 1 }), () => agent.goOn(HELLO));
  const tokens = Math.ceil((question.at(-1)?.body.length ?? 0) / 4);
  const more = moreScript(kind, { results: results + 1, calls: kind.compact.calls });
  const compaction = await answers(stack, more, () => kind.compact.start(agent, tokens));
  const behind = await answers(stack, moreScript(kind, { results: 0, calls: 1 }), () => agent.goOn(HELLO));
  return { ...run, steps: { task, question, compaction, behind } };
}

const statuses = ({ steps }: Worked) => Object.values(steps).map((step) => step.map(({ status }) => status));
/** Into the test's output: what docs/coding-agents.md tells. */
function tell(name: string, policy: string, { steps }: Worked): void {
  const all = Object.values(steps).flat();
  const count = (is: (turn: Answered) => boolean) => all.filter(is).length;
  const tiers = ["weak", "strong"].map((tier) => `${count((turn) => turn.tier === tier)} on ${tier}`);
  const refused = count(({ status }) => status === 400);
  const kept = count(({ reason }) => reason.startsWith("pinned:"));
  console.log(`${name}, ${policy}: ${all.length} requests, ${tiers.join(", ")}, ${refused} answered 400, ${kept} kept`);
}

const isSubagents = ({ body }: Answered) => !body.includes(TASK);
const isCompaction = ({ body }: Answered) =>
  /create a detailed summary of the conversation|CONTEXT CHECKPOINT COMPACTION/.test(String(body));

describe.skipIf(missing)("before tiers that refuse each other's state", () => {
  it.each(CASES)("$name with $policy ends its work without a refusal, with turns on both tiers", async ({ name, kind, policy, yaml }) => {
    const worked = await work(kind, yaml);
    tell(name, policy, worked);
    const { task, question, compaction, behind } = worked.steps;
    expect(new Set(statuses(worked).flat())).toEqual(new Set([200]));
    expect(worked.made.match(/line \d/g)).toHaveLength(CALLS - 1 + SUBAGENT_CALLS);
    expect(worked.lines.findLast((line) => line.includes("Here speaks"))).toContain(said("strong"));
    const [own, subagents] = [task.filter((turn) => !isSubagents(turn)), task.filter(isSubagents)];
    expect(own.length).toBeGreaterThan(CALLS);
    expect(new Set(own.map(({ tier }) => tier))).toEqual(new Set(["strong"]));
    expect(subagents.map(({ tier }) => tier)).toEqual(Array.from({ length: SUBAGENT_CALLS + 1 }, () => "weak"));
    expect(question.map(({ tier }) => tier)).toEqual(["strong", "strong"]);
    expect(question[0]?.reason).toBe("pinned:server-state");
    expect(new Set(compaction.filter(isCompaction).map(({ tier, reason }) => `${tier} ${reason.split(":")[0]}`))).toEqual(
      new Set(["strong pinned"]),
    );
    expect(behind.length).toBeGreaterThan(0);
  });

  it.each(KINDS)("%s goes up with a harder question, from a tier that does not think, and stays there", async (_, kind) => {
    const stack = await startRecordedStack({ config: { yaml: EXAMPLE }, thinks: (tier) => tier === "strong", refusesForeign: true });
    const agent = kind.start({ bin, url: stack.url });
    const steps = [
      await answers(stack, moreScript(kind, { results: 0, calls: 2 }), () => agent.ask(HELLO)),
      await answers(stack, moreScript(kind, { results: 2, calls: CALLS }), () => agent.goOn(TASK)),
      await answers(stack, moreScript(kind, { results: 2 + CALLS, calls: 1 }), () => agent.goOn(HELLO)),
    ];
    const served = (calls: number, tier: string) => Array.from({ length: calls + 1 }, () => `${tier} 200`);
    expect(steps.map((step) => step.map(({ tier, status }) => `${tier} ${status}`))).toEqual([
      served(2, "weak"),
      served(CALLS, "strong"),
      served(1, "strong"),
    ]);
  });

  it.each(KINDS)("%s is refused where sessions are not protected", async (name, kind) => {
    const worked = await work(kind, `${FICKLE}\nsession: { protect: off }`, true);
    tell(name, "the same without protection", worked);
    expect(statuses(worked).flat()).toContain(400);
  });
});

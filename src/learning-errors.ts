// The part of the table in errors.ts that is about making labels and learning from them: `collect`, `label`, `distill` and `propose`.

export const LEARNING_ERRORS = {
  "mask-invalid": { exitCode: 2, meaning: "A pattern of --mask cannot be searched in linear time.", hint: "Write it in RE2's syntax." },
  "collect-output-taken": { exitCode: 2, meaning: "The file of --out is not one of `sluice collect`.", hint: "Choose another name." },
  "collect-state-unusable": {
    exitCode: 1,
    meaning: "The file beside the output that says how far was read is damaged, or cannot be read.",
    hint: "Move the output and its .state.json away, and collect anew.",
  },
  "langfuse-access": {
    exitCode: 2,
    meaning: "The address of --langfuse is none, or holds a key; or the keys of its API are not in the environment.",
    hint: "Write https://HOST, and set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY.",
  },
  "langfuse-refused": {
    exitCode: 1,
    meaning: "Langfuse does not answer what it was asked: wrong keys, an older version, or another server.",
    hint: "Check keys and address. It takes Langfuse 4 or its cloud: v2/observations and v3/scores of its public API.",
  },
  "langfuse-unreachable": { exitCode: 1, meaning: "Langfuse gave no answer in several tries.", hint: "Run it again: it goes on there." },
  "distill-too-few": {
    exitCode: 1,
    meaning: "There are fewer than 10 answers to teach with: no service that trains models takes so few, and nothing was written.",
    hint: "Replay and judge or label more rows; what was left out, and why, is printed above.",
  },
  "label-too-many": {
    exitCode: 2,
    meaning: "There are more rows than anybody labels, and all of them would have to be kept in memory.",
    hint: "Draw some first, with `sluice sample`: 100 show the misroute rate roughly, about 1,000 train a policy.",
  },
  "label-usage": {
    exitCode: 2,
    meaning: "`sluice label` was not told what it needs: the rows, who labels, or a file of labels.",
    hint: "Write --data ROWS --labels FILE --by NAME to label; `sluice label --help` explains the rest.",
  },
  "proposal-not-in-place": {
    exitCode: 2,
    meaning:
      "New policies and a rollout cannot be written into the configuration's text without changing anything else; nothing was written.",
    hint: "Write them by hand.",
  },
  "proposal-no-branch": {
    exitCode: 1,
    meaning: "The proposal cannot be put on a git branch; the files in the folder are complete.",
    hint: "Commit or put aside what is changed, name a branch that does not exist, and give a configuration that is in the repository.",
  },
} as const;

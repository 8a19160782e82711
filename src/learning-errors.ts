// The part of the table in errors.ts that is about making labels and learning from them: `collect`, `replay`, `judge`, `label`, `distill`
// and `propose`, and the vectors of `train`.

export const LEARNING_ERRORS = {
  "vectors-unusable": {
    exitCode: 2,
    meaning: "A file of vectors cannot be used, or the options do not say where vectors are to come from.",
    hint: "Name the endpoint and its model, and another file with --embeddings where this one holds other vectors: docs/embeddings.md.",
  },
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
  "asking-file": {
    exitCode: 2,
    meaning: "A file given to `replay` or `judge` for its results is one of those it reads, or its name is not that of JSON Lines.",
    hint: "Give --out a file of its own that ends in .jsonl; what stands in it from before is gone on with.",
  },
  "asking-target": {
    exitCode: 2,
    meaning: "It is not clear where a model is to be asked: no address, a tier that there is not, or a header that cannot be one.",
    hint: "Give --url URL for all tiers or --url TIER=URL for each, with tiers of the configuration given with --config.",
  },
  "asking-not-confirmed": {
    exitCode: 2,
    meaning: "Asking models costs money, and nobody can be asked whether it may: there is no terminal.",
    hint: "Look at the estimate, and add --yes.",
  },
  "asking-cap-reached": {
    exitCode: 1,
    meaning: "What a run may cost does not suffice for the rows that are left; what was answered is kept.",
    hint: "The same command with a higher --max-cost goes on where it stopped.",
  },
  "asking-hopeless": {
    exitCode: 1,
    meaning:
      "A model server takes no request: its key or certificate is wrong, it is down, or it refuses them all. What was answered is kept.",
    hint: "Mend what the message says; the same command goes on where it stopped.",
  },
  "judge-refused": {
    exitCode: 1,
    meaning: "The judge cannot be trusted: it fails the canaries, or does not agree with people. No verdict was written.",
    hint: "Give another --model, or a rubric that says what counts with --rubric, and look at the answers it got wrong in the journal.",
  },
  "judge-rubric": {
    exitCode: 2,
    meaning: "The file given with --rubric cannot be read, or is neither text nor rubrics by task.",
    hint: "Write Markdown or text for all tasks, or YAML with a text for each task: `general: …`, `code: …`.",
  },
  "judge-code": {
    exitCode: 1,
    meaning: "Code of answers is to be run for its tests, and what runs it is not there.",
    hint: "Install python3, or leave --run-code out: the judge model then scores these rows.",
  },
  "judge-nothing": {
    exitCode: 1,
    meaning: "No row has answers of two tiers, nor a reference to hold one against.",
    hint: "Ask the tiers first: sluice replay --data ROWS.jsonl --out ANSWERED.jsonl, then judge --data ANSWERED.jsonl.",
  },
} as const;

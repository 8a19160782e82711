// The part of the table in errors.ts that is about commands which ask models: `replay` and `judge`.

export const ASKING_ERRORS = {
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

// Reads a Dockerfile as far as ours goes: stages, their steps in order, and what the last one starts. No variables, no shell form of
// ENTRYPOINT and CMD, no here-documents: it refuses what it does not know.

export interface DockerStage {
  readonly name: string | undefined; // FROM … AS name
  readonly base: string;
  readonly steps: readonly DockerStep[];
}

export type DockerStep =
  | { readonly kind: "copy"; readonly from: string | undefined; readonly paths: readonly string[]; readonly to: string }
  | { readonly kind: "run"; readonly command: string }
  | { readonly kind: "workdir"; readonly path: string }
  | { readonly kind: "env"; readonly name: string; readonly value: string }
  | { readonly kind: "entrypoint" | "cmd"; readonly words: readonly string[] }
  | { readonly kind: "expose" };

/** How a container of the image is started. */
export interface ImageStart {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[]; // given way to by arguments
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
}

export function parseDockerfile(text: string): readonly DockerStage[] {
  const stages: { name: string | undefined; base: string; steps: DockerStep[] }[] = [];
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll("\\\n", " ")
    .split("\n");
  for (const line of lines.map((each) => each.trim()).filter((each) => each !== "")) {
    const [instruction = "", rest = ""] = splitOnce(line);
    if (instruction === "FROM") {
      const [base = "", as, name] = rest.replace(/^--platform=\S+\s+/, "").split(/\s+/);
      stages.push({ name: as === undefined ? undefined : name, base, steps: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`Dockerfile: before FROM: ${line}`);
    stage.steps.push(parseStep(instruction, rest));
  }
  return stages;
}

export function imageStartOf(stage: DockerStage): ImageStart {
  let start: ImageStart = { entrypoint: [], cmd: [], workdir: "/", env: {} };
  for (const step of stage.steps) {
    if (step.kind === "entrypoint") start = { ...start, entrypoint: step.words };
    else if (step.kind === "cmd") start = { ...start, cmd: step.words };
    else if (step.kind === "workdir") start = { ...start, workdir: step.path };
    else if (step.kind === "env") start = { ...start, env: { ...start.env, [step.name]: step.value } };
  }
  return start;
}

function parseStep(instruction: string, rest: string): DockerStep {
  switch (instruction) {
    case "COPY": {
      const words = rest.split(/\s+/);
      const from = words[0]?.startsWith("--from=") ? words.shift()?.slice("--from=".length) : undefined;
      const to = words.pop();
      if (to === undefined || words.length === 0 || words.some((word) => word.startsWith("--"))) break;
      return { kind: "copy", from, paths: words, to };
    }
    case "RUN":
      return { kind: "run", command: rest };
    case "WORKDIR":
      return { kind: "workdir", path: rest };
    case "ENV": {
      const [, name, value] = /^(\w+)=(\S*)$/.exec(rest) ?? [];
      if (name === undefined || value === undefined) break;
      return { kind: "env", name, value };
    }
    case "ENTRYPOINT":
    case "CMD":
      return { kind: instruction === "CMD" ? "cmd" : "entrypoint", words: JSON.parse(rest) as string[] };
    case "EXPOSE":
      return { kind: "expose" };
  }
  throw new Error(`Dockerfile: not understood: ${instruction} ${rest}`);
}

function splitOnce(line: string): readonly string[] {
  const at = line.search(/\s/);
  return at < 0 ? [line] : [line.slice(0, at), line.slice(at).trim()];
}

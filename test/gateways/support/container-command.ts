// What a container of sluice's image runs, as a command on this machine: the image's ENTRYPOINT and CMD as deploy/Dockerfile has them, the
// pod's arguments in their place where given, and this checkout for the image's files.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { imageStartOf, parseDockerfile } from "../../../scripts/dockerfile.ts";
import type { Container } from "./kubernetes-kinds.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const IMAGE_NODE = "/nodejs/bin/node";

export interface ContainerCommand {
  readonly command: readonly string[];
  readonly folder: string; // the image's WORKDIR
  readonly env: Readonly<Record<string, string>>;
}

export function isSluiceImage(image: string): boolean {
  return /(?:^|\/)sluice(?:[:@]|$)/.test(image);
}

/** `folders`: by path in the container, where a volume is on this machine. */
export function containerCommand(container: Container, folders: ReadonlyMap<string, string>): ContainerCommand {
  const final = parseDockerfile(readFileSync(new URL("../../../deploy/Dockerfile", import.meta.url), "utf8")).at(-1);
  if (final === undefined) throw new Error("deploy/Dockerfile has no stage");
  const image = imageStartOf(final);
  const start = container.command ?? image.entrypoint;
  const args = container.args ?? (container.command === undefined ? image.cmd : []); // a command takes CMD's place, too
  const here = (word: string) => {
    const mount = [...folders.keys()].find((path) => word === path || word.startsWith(`${path}/`));
    return mount === undefined ? word : `${folders.get(mount)}${word.slice(mount.length)}`;
  };
  const command = [...start, ...args].map((word) => (word === IMAGE_NODE ? process.execPath : here(word)));
  const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? ""]));
  return { command, folder: ROOT, env: { ...image.env, ...env } };
}

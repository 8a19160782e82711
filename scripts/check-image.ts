// Tries deploy/Dockerfile without Docker: does its steps in a folder, starts what the image starts, and prints what is in it and how large.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeImageFiles } from "./image-files.ts";
import { startImageProcess } from "./image-process.ts";

/** Of the base image, unpacked. `docker images` lists nodejs22-debian12 with 141 MB, and Node.js 24 itself has 10 MB more. */
const BASE_MB = 150;
const LARGEST = 8; // packages to name

const image = makeImageFiles((line) => process.stderr.write(`${line}\n`));
try {
  const { child, stop } = await startImageProcess(image);
  console.log(`starts and is ready: ${[...image.start.entrypoint, ...image.start.cmd].join(" ")}`);
  await stop();
  if (child.exitCode() !== 0) throw new Error(`ended with ${child.exitCode()} when asked to`);
  const folder = join(image.root, image.start.workdir);
  const parts = sizesIn(folder);
  console.log(parts.map(line).join("\n"));
  console.log(`of node_modules the largest:\n${sizesIn(join(folder, "node_modules")).slice(0, LARGEST).map(line).join("\n")}`);
  const ownMb = parts.reduce((sum, { mb }) => sum + mb, 0);
  console.log(`together ${ownMb.toFixed(1)} MB; with the base image, ${BASE_MB} MB, about ${Math.round(BASE_MB + ownMb)} MB`);
} finally {
  image.remove();
}

interface Part {
  readonly name: string;
  readonly mb: number;
}

function sizesIn(folder: string): readonly Part[] {
  return readdirSync(folder)
    .map((name) => ({ name, mb: bytesOf(join(folder, name)) / 1e6 }))
    .sort((a, b) => b.mb - a.mb);
}

function bytesOf(path: string): number {
  const about = lstatSync(path);
  return about.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0) : about.size;
}

function line({ name, mb }: Part): string {
  return `${name.padEnd(20)} ${mb.toFixed(2).padStart(7)} MB`;
}

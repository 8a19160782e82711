// Faults of the configuration file and of the model it names: emptied, cut, and put back. Requests are decided as before all the while.
import { mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { modelOf } from "../../test/request/policy/learned/model-of.ts";
import type { Fault, Track } from "./fault.ts";
import type { SoakRequest } from "./load.ts";
import { metricSign, saidSign, type Told } from "./told.ts";

const HOLD_MS = 2_000;
const MODEL = "model.json";

/** Decides otherwise than the defaults would: the words are its own, and the last request has one of the defaults' words. */
export const POLICIES = `policies:
  main: { type: chain, of: [words, trained] }
  words: { type: rules, rules: [{ name: animals, match: { keywords: [quagga] }, tier: strong }] }
  trained: { type: learned, file: ${MODEL}, threshold: 0.5 }
`;
export const REQUESTS: readonly SoakRequest[] = [
  { content: "hello", tier: "weak" },
  { content: "what became of the quagga", tier: "strong" },
  { content: "zebra", tier: "strong" },
  { content: "design it", tier: "weak" },
];

/** The model beside the configuration file: `zebra` is hard, all else easy. */
export function writeModel(configFile: string): void {
  writeFileSync(join(dirname(configFile), MODEL), encodeModel(modelOf(["zebra"])));
}

export function configTrack(configFile: string, told: Told, pauseMs: number): Track {
  const model = join(dirname(configFile), MODEL);
  const middle = Math.floor(readFileSync(configFile).length / 2);
  const folderInstead = (file: string) => {
    rmSync(file);
    mkdirSync(file);
  };
  return {
    pauseMs,
    faults: [
      changed("sluice.yaml emptied, and put back", configFile, (file) => truncateSync(file), told),
      changed("the model cut in the middle, and put back", model, (file) => truncateSync(file, 1000), told),
      changed("sluice.yaml cut in the middle, and put back", configFile, (file) => truncateSync(file, middle), told),
      changed("a folder in the place of sluice.yaml", configFile, folderInstead, told),
    ],
  };
}

/** Put back as documented: written under another name, then renamed. */
function changed(name: string, file: string, begin: (file: string) => void, told: Told): Fault {
  const whole = readFileSync(file);
  return {
    name,
    begin: () => begin(file),
    toldBy: [
      metricSign(told, "sluice_config_reloads_total", { result: "failed" }),
      saidSign(told, "configuration not reloaded: the old one stays in force"),
    ],
    holdMs: HOLD_MS,
    end() {
      writeFileSync(`${file}.new`, whole);
      rmSync(file, { recursive: true });
      renameSync(`${file}.new`, file);
    },
    overBy: [metricSign(told, "sluice_config_reloads_total", { result: "ok" }), saidSign(told, "configuration reloaded")],
  };
}

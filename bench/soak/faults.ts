// Everything that befalls sluice in a soak with faults: three tracks side by side (its configuration, its decision log, its receiver of
// spans) and hostile peers all the while. At the end each must have been told of, and the accounts must be right.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { waitUntil } from "../../src/setup/stack/wait-until.ts";
import { mountTmpfs } from "../../test/support/tmpfs.ts";
import type { InspectedServer } from "../collected-heap.ts";
import type { ServerOptions } from "../driven-server.ts";
import { printTable } from "../table.ts";
import { atLeast, type Check, equal, none } from "./checks.ts";
import { configTrack, POLICIES, REQUESTS, writeModel } from "./config-faults.ts";
import { type DecisionFiles, decisionFiles } from "./decision-files.ts";
import { type FaultRecord, runTrack } from "./fault.ts";
import { type HostileResult, startHostiles } from "./hostile.ts";
import type { SoakRequest } from "./load.ts";
import { logTrack } from "./log-faults.ts";
import { type SpanReceiver, spanTrack, startSpanReceiver } from "./span-receiver.ts";
import { type Told, told } from "./told.ts";

const LINE_KB = 1; // more than one of the decision log takes
const DISK_KB = 64 << 10; // beside them
const MAX_FILE_MB = 20;
const PAUSE_MS = 10_000; // behind each fault
const SHORT_PAUSE_MS = 3_500; // in two minutes at most. A log that cannot be written is told of every 10 seconds, so no shorter
const SETTLE_MS = 15_000; // for what is lost to be told of

export interface Befallen {
  readonly server: ServerOptions; // what sluice must be started with
  readonly requests: readonly SoakRequest[];
  begin(sluice: InspectedServer, ended: AbortSignal): Faults;
  stop(): void;
}

export interface Faults {
  readonly over: Promise<void>; // when each has been there, and its end
  /** Once the load is over and joined: `sent` requests. Prints what came of each fault. */
  checks(sent: number): Promise<readonly Check[]>;
}

/** Mounts a disk, as only root may. */
export async function prepareFaults(minutes: number, rate: number): Promise<Befallen> {
  const disk = mountTmpfs(DISK_KB + (minutes + 1) * 60 * rate * LINE_KB);
  const receiver = await startSpanReceiver();
  const file = join(disk.folder, "decisions.jsonl");
  let admin = "";
  const heard = told(() => `http://${admin}`);
  const config = `decisionLog: { to: file, file: "${file}", maxMB: ${MAX_FILE_MB}, keep: 1000 }
traces: { endpoint: "${receiver.url}" }
${POLICIES}`;
  return {
    server: { config, files: (configFile) => writeModel(configFile), onLine: heard.line },
    requests: REQUESTS,
    begin(sluice, ended) {
      admin = sluice.admin;
      return beginFaults({ sluice, ended, file, receiver, heard, pauseMs: minutes > 2 ? PAUSE_MS : SHORT_PAUSE_MS });
    },
    stop() {
      receiver.stop();
      disk.unmount();
    },
  };
}

interface Scene {
  readonly sluice: InspectedServer;
  readonly ended: AbortSignal;
  readonly file: string; // the decision log
  readonly receiver: SpanReceiver;
  readonly heard: Told;
  readonly pauseMs: number;
}

function beginFaults({ sluice, ended, file, receiver, heard, pauseMs }: Scene): Faults {
  const files = decisionFiles(dirname(file));
  const hostiles = startHostiles(sluice.extProc, sluice.admin);
  const hangUp = () => void sluice.child.kill("SIGHUP");
  const tracks = Promise.all([
    runTrack(configTrack(sluice.configFile, heard, pauseMs), ended),
    hasLines(file).then(() => runTrack(logTrack({ file, told: heard, files, hangUp, pauseMs }), ended)),
    runTrack(spanTrack(receiver, heard, pauseMs), ended),
  ]);
  let hostile: readonly HostileResult[] = [];
  const over = tracks.then(async () => {
    hostile = await hostiles.stop();
  });
  return {
    over,
    async checks(sent) {
      const records = (await tracks).flat();
      printFaults(records);
      printHostiles(hostile);
      return [
        ...(await accounts(heard, files, receiver, sent)),
        ...(await hostileChecks(heard, hostile)),
        none(
          "signs of faults that did not come",
          records.reduce((sum, { untold }) => sum + untold.length, 0),
        ),
      ];
    },
  };
}

async function hasLines(file: string): Promise<void> {
  if ((await waitUntil(() => existsSync(file), SETTLE_MS)) === undefined) throw new Error(`no line in ${file}`);
}

async function accounts({ metric, counted }: Told, files: DecisionFiles, receiver: SpanReceiver, sent: number): Promise<readonly Check[]> {
  const lines = (result: string) => metric("sluice_decision_log_lines_total", { result });
  const spans = (result: string) => metric("sluice_spans_total", { result });
  const toldLines = () => counted("lines of the decision log are lost");
  const toldSpans = () => counted("spans are lost");
  const lostSpans = async () => (await spans("failed")) + (await spans("dropped"));
  await waitUntil(
    async () => (await lines("written")) + (await lines("dropped")) === sent && toldLines() === (await lines("dropped")),
    SETTLE_MS,
  );
  await waitUntil(async () => (await spans("exported")) + (await lostSpans()) === sent && toldSpans() === (await lostSpans()), SETTLE_MS);
  const [written, dropped, exported, lost] = [await lines("written"), await lines("dropped"), await spans("exported"), await lostSpans()];
  const { files: count, requests, doubled, broken } = files.count();
  return [
    none("outcomes without a decision", await metric("sluice_outcomes_total", { kind: "unrouted" })),
    none("decisions without an outcome", await metric("sluice_outcomes_total", { kind: "unknown" })),
    equal(`lines counted as written, of those in the ${count} files`, written, requests),
    none("lines doubled in them", doubled),
    none("broken lines", broken),
    equal(`lines written and lost (${dropped}), of all sent`, written + dropped, sent),
    equal("lines told of in the log, of those lost", toldLines(), dropped),
    equal("spans counted as exported, of those received", exported, receiver.spans()),
    equal(`spans exported and lost (${lost}), of all sent`, exported + lost, sent),
    equal("spans told of in the log, of those lost", toldSpans(), lost),
    none("lines of its own log lost", await metric("sluice_log_lines_lost_total")),
    none("calls that failed inside", await metric("sluice_stream_failures_total", { cause: "internal-error" })),
    none("streams left", await metric("sluice_streams_in_flight")),
    none("bytes of bodies left", await metric("sluice_body_bytes_in_flight")),
  ];
}

async function hostileChecks({ metric, counted }: Told, hostile: readonly HostileResult[]): Promise<readonly Check[]> {
  const broken = () => metric("sluice_connections_broken_total");
  const toldOf = () => counted("connections are ended for what their peers did");
  await waitUntil(async () => toldOf() === (await broken()), SETTLE_MS);
  const ended = hostile.filter(({ kind }) => kind.port === "extProc" && kind.halfCloses !== true);
  const seen = ended.reduce((sum, { record }) => sum + record.calm + record.closed, 0);
  return [
    none("kinds of hostile peers that did not end as they must", hostile.filter(({ isAsItMust }) => !isAsItMust).length),
    atLeast("connections counted as ended for what the peer did, of those it saw end", await broken(), seen),
    equal("of them told of in the log", toldOf(), await broken()),
  ];
}

function printFaults(records: readonly FaultRecord[]): void {
  const head = ["fault", "rounds", "told within s", "over within s", "signs that did not come"];
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  printTable(
    head,
    records.map(({ fault, rounds, toldMs, overMs, untold }) => [
      fault.name,
      String(rounds),
      seconds(toldMs),
      fault.overBy.length === 0 ? "" : seconds(overMs),
      [...new Set(untold)].join("; "),
    ]),
  );
}

function printHostiles(results: readonly HostileResult[]): void {
  printTable(
    ["hostile peer", "must be", "connections", "calm", "closed", "outlived", "pieces", "403", "other answers", ""],
    results.map(({ kind, record, isAsItMust }) => {
      const { connections, calm, closed, outlived, pieces, refused, answered } = record;
      const figures = [connections, calm, closed, outlived, pieces, refused, answered].map(String);
      return [kind.name, kind.ending, ...figures, isAsItMust ? "" : "WRONG"];
    }),
  );
}

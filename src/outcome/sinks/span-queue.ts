// Ended spans on their way to an exporter that may be slow or down: a bounded queue, one batch at a time, and everything counted. (The
// SDK's own batching drops without saying how many.)
import { SpanBatch } from "./otlp.ts";

/** OpenTelemetry's, of spans that are written already. */
export interface SpanExporter {
  export(spans: SpanBatch, done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}

export interface SpanQueueSettings {
  readonly exporter: SpanExporter;
  readonly maxQueued: number; // spans
  readonly maxBatch: number; // spans
  readonly delayMs: number; // to gather a batch
  readonly onSpans: (result: "exported" | "failed" | "dropped", spans: number, cause: unknown) => void;
  readonly slowMs: number; // a batch takes longer: `onWaiting` is told how many wait, and 0 when it is done
  readonly onWaiting: (spans: number) => void;
}

export interface SpanQueue {
  /** Has a span written where there is room for it. Never waits. */
  add(write: (span: SpanBatch) => void): void;
  /** Exports what is queued, but for no longer than `withinMs`. What is left is dropped. */
  close(withinMs: number): Promise<void>;
}

const QUEUE_FULL = new Error("exported too slowly: too many wait");
const CLOSED = new Error("not exported before the end");
/** ExportResultCode of @opentelemetry/core. */
const EXPORT_SUCCESS = 0;
const EXPORT_FAILED = 1;

export function spanQueue(settings: SpanQueueSettings): SpanQueue {
  const { exporter, maxQueued, maxBatch, delayMs, onSpans } = settings;
  let batches: SpanBatch[] = []; // that wait; the last one is being filled
  let waiting = 0; // spans in them
  let lastBytes = 0; // of the batch exported last
  let exporting: Promise<void> | undefined;
  let inHands = 0; // spans that the exporter has and has not answered for
  let timer: NodeJS.Timeout | undefined;
  let phase: "open" | "closing" | "closed" = "open";

  const exportBatch = async (): Promise<void> => {
    const batch = batches.shift();
    if (batch === undefined) return;
    lastBytes = batch.bytes;
    inHands = batch.count;
    waiting -= inHands;
    const slow = afterSlow(settings, () => inHands + waiting);
    const { code, error } = await new Promise<ExportResult>((resolve) => exporter.export(batch, resolve)).catch(failed);
    slow.done();
    inHands = 0;
    if (phase !== "closed") onSpans(code === EXPORT_SUCCESS ? "exported" : "failed", batch.count, error);
  };

  const exportDue = async (): Promise<void> => {
    const isDue = () => phase !== "closed" && waiting >= (phase === "open" ? maxBatch : 1);
    do await exportBatch();
    while (isDue());
    exporting = undefined;
    if (phase === "open" && waiting > 0) exportSoon();
  };

  const exportNow = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    exporting ??= waiting === 0 ? undefined : exportDue();
    return exporting ?? Promise.resolve();
  };

  const exportSoon = (): void => {
    timer ??= setTimeout(() => void exportNow(), delayMs).unref();
  };

  return {
    add(write) {
      if (phase !== "open" || waiting >= maxQueued) return onSpans("dropped", 1, phase === "open" ? QUEUE_FULL : CLOSED);
      write(batchToFill(batches, maxBatch, lastBytes));
      waiting++;
      if (exporting !== undefined) return;
      if (waiting >= maxBatch) void exportNow();
      else exportSoon();
    },
    async close(withinMs) {
      phase = "closing";
      await Promise.race([exportNow(), after(withinMs)]);
      phase = "closed";
      if (inHands > 0) onSpans("failed", inHands, CLOSED);
      if (waiting > 0) onSpans("dropped", waiting, CLOSED);
      batches = [];
      waiting = 0;
      void exporter.shutdown().catch(() => {}); // what it waits for is its own affair now
    },
  };
}

/** The last one, or another one where it is full; that is made an eighth larger than the one before, so that it seldom has to grow. */
function batchToFill(batches: SpanBatch[], maxBatch: number, lastBytes: number): SpanBatch {
  const last = batches.at(-1);
  if (last !== undefined && last.count < maxBatch) return last;
  const next = new SpanBatch(Math.ceil(1.125 * (last?.bytes ?? lastBytes)));
  batches.push(next);
  return next;
}

/** Says that the spans wait when a batch is not done in time, and that they do no more when it is. */
function afterSlow({ slowMs, onWaiting }: SpanQueueSettings, waiting: () => number): { done(): void } {
  let isSlow = false;
  const timer = setTimeout(() => {
    isSlow = true;
    onWaiting(waiting());
  }, slowMs).unref();
  return {
    done() {
      clearTimeout(timer);
      if (isSlow) onWaiting(0);
    },
  };
}

function failed(error: Error): ExportResult {
  return { code: EXPORT_FAILED, error };
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}

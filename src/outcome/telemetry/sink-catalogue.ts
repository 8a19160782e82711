// The metrics of what is handed on, decision log and traces: a part of the catalogue.

export const SINK_METRICS = {
  decisionLogLines: {
    name: "sluice_decision_log_lines_total",
    kind: "counter",
    labels: ["result"],
    help:
      "Lines of the decision log: written, or dropped (the disk or the reader took none for too long). What `serve --processes` could " +
      "not bring to standard output is in both.",
  },
  decisionLogFiles: {
    name: "sluice_decision_log_files_total",
    kind: "counter",
    labels: ["result"],
    help: "New files of the decision log that were due: begun, or failed (it goes on in the old one, and tries again in a minute).",
  },
  spans: {
    name: "sluice_spans_total",
    kind: "counter",
    labels: ["result"],
    help: "Spans of requests: exported, failed (the receiver did not take them), or dropped (too many waited).",
  },
  sinkWaiting: {
    name: "sluice_sink_waiting",
    kind: "gauge",
    labels: ["sink"],
    help: "Lines of the decision log, or spans (traces), that wait because disk, reader or receiver takes none; 0 while they flow.",
  },
} as const;

// Every metric of sluice: name, kind, labels and meaning. The reference documentation is made from this table.
import { AUDIT_METRICS } from "./audit-catalogue.ts";
import { CACHE_METRICS } from "./cache-catalogue.ts";
import { CASCADE_METRICS } from "./cascade-catalogue.ts";
import { LEARNER_METRICS } from "./learner-catalogue.ts";
import { LIMIT_METRICS } from "./limit-catalogue.ts";
import { ROLLOUT_METRICS } from "./rollout-catalogue.ts";
import { SINK_METRICS } from "./sink-catalogue.ts";
import { THRESHOLD_METRICS } from "./threshold-catalogue.ts";
import { VECTOR_METRICS } from "./vector-catalogue.ts";
import { WEEK_METRICS } from "./week-catalogue.ts";

export interface MetricDescription {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
  readonly buckets?: readonly number[];
}

const DECISION_BUCKETS = [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1]; // seconds
const STREAM_BUCKETS = [1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 1, 5, 15, 30]; // seconds
const STATE_BUCKETS = [1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1]; // seconds
const ANSWER_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 15, 30, 60, 120, 300]; // seconds
const BODY_BUCKETS = [256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216]; // bytes

export const METRICS = {
  decisions: {
    name: "sluice_decisions_total",
    kind: "counter",
    labels: ["tier", "policy", "reason"],
    help: "Requests decided, by tier, policy with version, and reason.",
  },
  unreadable: {
    name: "sluice_unreadable_bodies_total",
    kind: "counter",
    labels: ["cause"],
    help: "Bodies that could not be read, by cause; each was passed to the default tier or refused, as configured.",
  },
  decisionDuration: {
    name: "sluice_decision_duration_seconds",
    kind: "histogram",
    labels: [],
    help: "Time to scan a complete body and decide.",
    buckets: DECISION_BUCKETS,
  },
  streamDuration: {
    name: "sluice_stream_duration_seconds",
    kind: "histogram",
    labels: [],
    help: "Time from the opening of an ext_proc stream to its end, waiting for the client's body included.",
    buckets: STREAM_BUCKETS,
  },
  bodyBytes: {
    name: "sluice_request_body_bytes",
    kind: "histogram",
    labels: [],
    help: "Size of the request bodies read.",
    buckets: BODY_BUCKETS,
  },
  attempts: {
    name: "sluice_attempts_on_other_tier_total",
    kind: "counter",
    labels: ["tier", "result"],
    help:
      "Attempts that another tier serves than the one decided, where the two differ, by the tier that serves: its body was edited for " +
      "it, was unchanged, or stayed as it was (unread, over-budget, internal-error).",
  },
  shaped: {
    name: "sluice_shaped_requests_total",
    kind: "counter",
    labels: ["tier", "shape"],
    help: "Requests that instructions were added to (`shape`), by tier, and by the tier, rule or band whose instructions they were.",
  },
  streamsInFlight: { name: "sluice_streams_in_flight", kind: "gauge", labels: [], help: "Open ext_proc streams." },
  bodyBytesInFlight: {
    name: "sluice_body_bytes_in_flight",
    kind: "gauge",
    labels: [],
    help: "Bytes of request bodies held or announced; limits.bodyBudgetBytes bounds it.",
  },
  peerBytesHeld: {
    name: "sluice_peer_bytes_held",
    kind: "gauge",
    labels: ["kind"],
    help: [
      "Bytes held for the ext_proc port's peers, not counting what arrives whole or leaves at once. kind: partial (messages that are not",
      "whole), unsent (replies without a window), kept (messages of calls that wait), connection (sockets that take nothing, header blocks",
      "that are not whole), streams (4 KB for each open one). limits.bodyBudgetBytes and 8 MB bound the sum.",
    ].join(" "),
  },
  cutOffs: {
    name: "sluice_cut_off_calls_total",
    kind: "counter",
    labels: ["why"],
    help: [
      "Calls ended because more was held for peers than limits.bodyBudgetBytes, by what most of it was: partial, unsent or kept, or",
      "connection (one was closed, with all its calls). refused: calls that were not taken, as too many are open; Envoy may try again.",
    ].join(" "),
  },
  streamFailures: {
    name: "sluice_stream_failures_total",
    kind: "counter",
    labels: ["cause"],
    help: "Streams that ended without an answer, by cause: wire-error, internal-error, aborted.",
  },
  configReloads: {
    name: "sluice_config_reloads_total",
    kind: "counter",
    labels: ["result"],
    help: "Reloads of the configuration: ok, or failed (the old configuration stays).",
  },
  configReloadSuccessful: {
    name: "sluice_config_last_reload_successful",
    kind: "gauge",
    labels: [],
    help: "1 when the configuration in force is the one last read; 0 when a changed one could not be taken, and the old one stays.",
  },
  historyFile: {
    name: "sluice_history_file_total",
    kind: "counter",
    labels: ["result"],
    help: "The history's file: written, bad (it was put aside), failed (it could not be written: what is new is in memory only).",
  },
  ...THRESHOLD_METRICS,
  ...VECTOR_METRICS,
  ...LEARNER_METRICS,
  accessLogEntries: {
    name: "sluice_access_log_entries_total",
    kind: "counter",
    labels: [],
    help: "Entries received from Envoy's access log.",
  },
  accessLogIgnored: {
    name: "sluice_access_log_ignored_total",
    kind: "counter",
    labels: ["why"],
    help:
      "Entries that gave no outcome: duplicate (the request has one), late (it was given up as unknown), or unreadable (a message of " +
      "Envoy's, with all its entries).",
  },
  outcomes: {
    name: "sluice_outcomes_total",
    kind: "counter",
    labels: ["kind", "decided", "served", "status"],
    help: [
      "Finished requests. kind: joined, elsewhere (another process decided: counted here only), unrouted (no decision reached Envoy),",
      "unknown (Envoy never said). decided and served: tiers, none for what is no chat; status: class of the response, or failed",
      "(a good one whose answer is an error or was cut short).",
    ].join(" "),
  },
  outcomesWaiting: {
    name: "sluice_outcomes_waiting",
    kind: "gauge",
    labels: [],
    help: "Decisions that wait for Envoy's access log; outcomes.maxWaiting bounds it.",
  },
  fallbacks: {
    name: "sluice_fallbacks_total",
    kind: "counter",
    labels: ["decided", "served"],
    help: "Requests that another tier served than the one decided.",
  },
  retries: { name: "sluice_retries_total", kind: "counter", labels: ["decided"], help: "Attempts beyond the first, by decided tier." },
  tokens: {
    name: "sluice_tokens_total",
    kind: "counter",
    labels: ["tier", "direction", "basis"],
    help: [
      "Tokens of served requests that were decided here, or by nobody, input and output, by the tier that served.",
      "basis: exact (the model server's own count) or estimated from bytes.",
    ].join(" "),
  },
  tokenDetails: {
    name: "sluice_token_details_total",
    kind: "counter",
    labels: ["tier", "detail", "basis"],
    help: [
      "Of the tokens in sluice_tokens_total: cached_input (read from the model server's prompt cache), cache_write (written to it),",
      "reasoning (part of the output). What servers do not say is not estimated.",
    ].join(" "),
  },
  unpriced: {
    name: "sluice_unpriced_requests_total",
    kind: "counter",
    labels: ["tier"],
    help: "Chats with tokens whose tier has no price for them: their cost is not known, and sluice_cost_usd_total leaves them out.",
  },
  failedAnswers: {
    name: "sluice_failed_answers_total",
    kind: "counter",
    labels: ["tier", "why"],
    help: [
      "Answers with a good status that failed all the same. why: error (an error body, or an error event in a stream),",
      "cut-short (the server ended it before it was complete).",
    ].join(" "),
  },
  costUsd: {
    name: "sluice_cost_usd_total",
    kind: "counter",
    labels: ["tier", "basis"],
    help: [
      "US dollars for those tokens by the tiers' prices; requests of tiers without a price are left out",
      "(sluice_unpriced_requests_total). Answers that a cascade threw away are in it.",
    ].join(" "),
  },
  firstByte: {
    name: "sluice_time_to_first_byte_seconds",
    kind: "histogram",
    labels: ["tier"],
    help: "From a request's start in Envoy to the first byte of the model server's answer, by the tier that served.",
    buckets: ANSWER_BUCKETS,
  },
  answerDuration: {
    name: "sluice_request_duration_seconds",
    kind: "histogram",
    labels: ["tier"],
    help: "From a request's start in Envoy to the end of its answer, by the tier that served.",
    buckets: ANSWER_BUCKETS,
  },
  breakerState: {
    name: "sluice_breaker_state",
    kind: "gauge",
    labels: ["tier"],
    help: "Of each tier with a breaker, its provider's included: 0 closed, 1 half-open (it is tried), 2 open (requests go elsewhere).",
  },
  breakerOpened: {
    name: "sluice_breaker_opened_total",
    kind: "counter",
    labels: ["kind", "name"],
    help: "Openings of breakers, again after a failed try included. kind: tier, or provider (several of its tiers failed).",
  },
  takeover: {
    name: "sluice_takeover",
    kind: "gauge",
    labels: ["cause"],
    help: "1 while the conservative policy decides because of it, else 0. cause: breaker (one is not closed), budget (nearly used up).",
  },
  takeovers: {
    name: "sluice_takeovers_total",
    kind: "counter",
    labels: ["cause"],
    help: "How often the conservative policy took over, by cause.",
  },
  lateSizes: {
    name: "sluice_tier_late_sizes",
    kind: "gauge",
    labels: ["tier"],
    help: "Of each tier with `slo.firstByteMs`: for how many sizes of prompts it is known to be over it, so that requests go elsewhere.",
  },
  predictedFirstByte: {
    name: "sluice_tier_predicted_first_byte_seconds",
    kind: "gauge",
    labels: ["tier"],
    help: "Of each tier with `slo.firstByteMs`: the P95 it is held against, for the size of prompts that is most frequent there.",
  },
  misrouteSignals: {
    name: "sluice_misroute_signals_total",
    kind: "counter",
    labels: ["kind"],
    help: [
      "Signs of a wrong tier: repeat (nearly the same asked again within 5 minutes of a weaker tier's answer, by the same user or",
      "session, where the request names one: see the reference),",
      "cheap-strong (a stronger tier, over $0.01, under 200 characters, first byte within 2 s),",
      "low-rating (a weaker tier's answer rated 1 or 2).",
    ].join(" "),
  },
  votesIgnored: {
    name: "sluice_votes_ignored_total",
    kind: "counter",
    labels: ["kind"],
    help: [
      "What one sender said beyond his part: repeat and low-rating (misroute signals beyond one a minute of each kind), threshold",
      "(requests beyond a tenth of those that threshold: auto looks at).",
    ].join(" "),
  },
  feedback: {
    name: "sluice_feedback_total",
    kind: "counter",
    labels: ["tier", "rating"],
    help: "Ratings from 1 (bad) to 5 (good) sent to /v1/feedback, by decided tier.",
  },
  ...LIMIT_METRICS,
  ...CASCADE_METRICS,
  ...CACHE_METRICS,
  ...ROLLOUT_METRICS,
  ...AUDIT_METRICS,
  ...WEEK_METRICS,
  ...SINK_METRICS,
  connectionsRefused: {
    name: "sluice_connections_refused_total",
    kind: "counter",
    labels: ["port"],
    help: [
      "Connections that were closed at once, by port (ext_proc, admin): as many are open as the port takes, or as the limit of open files",
      "allows.",
    ].join(" "),
  },
  connectionsBroken: {
    name: "sluice_connections_broken_total",
    kind: "counter",
    labels: ["why"],
    help: [
      "Connections to the ext_proc port that were ended for what their peer did. why: flood (too much that costs and brings nothing",
      "forward), protocol-error (what no peer may send, or no first frame in time).",
    ].join(" "),
  },
  descriptorsExhausted: {
    name: "sluice_descriptors_exhausted_total",
    kind: "counter",
    labels: [],
    help: "Looks, one every 2 seconds, that found no file descriptor left: connections were closed unheard meanwhile.",
  },
  stateUp: {
    name: "sluice_state_up",
    kind: "gauge",
    labels: [],
    help: "1 while the store of `state.url` answers and takes writes, 0 while it is away. Absent where none is set.",
  },
  stateErrors: {
    name: "sluice_state_errors_total",
    kind: "counter",
    labels: ["cause"],
    help: "What went wrong with the store: timeout, refused (an error in place of an answer), lost (the connection broke), connect.",
  },
  stateRoundTrip: {
    name: "sluice_state_round_trip_seconds",
    kind: "histogram",
    labels: [],
    help: "Time from a command to its answer from the store. No request waits for it.",
    buckets: STATE_BUCKETS,
  },
  certificateExpiry: {
    name: "sluice_certificate_expiry_timestamp_seconds",
    kind: "gauge",
    labels: ["listener"],
    help: "When the certificate in force (ext_proc, admin), one between it and its CA, or the last of the clients' CAs expires; Unix time.",
  },
  certificateReloads: {
    name: "sluice_certificate_reloads_total",
    kind: "counter",
    labels: ["listener", "result"],
    help: "Changed certificate files, by listener: ok, or failed (they will not do; the old certificate stays in force).",
  },
  handshakeFailures: {
    name: "sluice_tls_handshake_failures_total",
    kind: "counter",
    labels: ["listener", "reason"],
    help: [
      "TLS handshakes that came to nothing: plain-text (no TLS), no-client-certificate, client-certificate-refused, refused-by-client",
      "(it does not trust the server's), no-common-version, no-h2 (gRPC was not asked for), timeout, disconnected, other.",
    ].join(" "),
  },
  logLinesLost: {
    name: "sluice_log_lines_lost_total",
    kind: "counter",
    labels: [],
    help: "Lines of the log on standard error that nobody took in time.",
  },
  buildInfo: {
    name: "sluice_build_info",
    kind: "gauge",
    labels: ["version", "node"],
    help: "Always 1; the version of sluice and of Node.js.",
  },
} as const satisfies Record<string, MetricDescription>;

/** Of `serve --processes`, beside those above. */
export const PROCESS_METRICS = {
  processes: {
    name: "sluice_processes",
    kind: "gauge",
    labels: [],
    help: "Processes behind this admin port, with `serve --processes` alone. What they count and hold is added up.",
  },
  processRestarts: {
    name: "sluice_process_restarts_total",
    kind: "counter",
    labels: [],
    help: "Processes started again because one had ended, with `serve --processes` alone.",
  },
} as const satisfies Record<string, MetricDescription>;

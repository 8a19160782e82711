// Connects a process with the other replicas behind the same Envoy, over the store they share: whatever one of them learns is published,
// gathered for a moment, so that one message carries much. While the store is away what is to be told waits, within bounds, and nobody
// waits for it.
import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Reading } from "../answer/answer-reader.ts";
import type { ThrownAnswer } from "../outcome/join/discarded.ts";
import type { SiblingDeps, Siblings } from "../outcome/join/siblings.ts";
import type { Feedback } from "../outcome/signals/feedback.ts";
import type { FeedbackResult } from "../outcome/signals/signals.ts";
import type { StateConnection } from "../state/connection.ts";
import { type OpenEntries, type OpenEntry, openEntries } from "./open-entries.ts";
import { decodeReplicaFrame, encodeReplicaFrame, NAME_BYTES, type ReplicaFrame, type SharedSession, senderOf } from "./replica-frames.ts";
import { questionBytes, questionsIn } from "./told-questions.ts";

export interface ReplicaLink extends Siblings {
  /** By the replica that knows the request; `unknown` where none says so in time. */
  rate(feedback: Feedback): Promise<FeedbackResult>;
  /** What is known of a session has changed here. */
  session(session: SharedSession): void;
}

export interface ReplicaDeps extends SiblingDeps {
  rated(feedback: Feedback): FeedbackResult;
  session(session: SharedSession): void;
}

/** As between processes of one machine (sibling-link.ts): the more is told at once, the less each costs. */
const GATHER_MS = 200;
/** Nobody has taken an entry by then: also when another replica had to connect again first. */
const OPEN_MS = 5000;
const RATED_MS = 500;
/** At the end. */
const LAST_MS = 500;
const LOOK_MS = 5;
/** In one message. */
const MOST_OFFERED = 500;
/** Of each kind, while the store is away: beyond that the oldest go. */
const MOST_WAITING = 20_000;
const CHANNEL = "v1";

export function openReplicaLink(connection: StateConnection, deps: ReplicaDeps): ReplicaLink {
  const name = randomBytes(NAME_BYTES / 2).toString("hex");
  const channelOf = (whom: string) => connection.key(`${CHANNEL}:${whom}`);
  const publish: Publish = (whom, frame, pieces = []) =>
    connection.send(["PUBLISH", channelOf(whom), encodeReplicaFrame(name, frame, pieces)]).then(
      () => true,
      () => false, // counted by the connection
    );
  const entries = openEntries(deps.nobodys, () => performance.now());
  const gathered = gather(connection, entries, publish);
  const ratings = askedRatings(publish);
  const sayAgain = () => {
    entries.offerAgain();
    gathered.again();
  };
  const heard = (message: Buffer) => {
    const from = senderOf(message);
    const read = from === name ? undefined : decodeReplicaFrame(message);
    if (read === undefined) return;
    const { rated, taken = [], hears } = read.frame;
    for (const requestId of taken) entries.taken(requestId);
    if (rated !== undefined) ratings.answered(rated);
    if (hears === true) sayAgain();
    const answer = answerTo(read.frame, read.bytes, deps);
    if (answer !== undefined) void publish(from, answer);
  };
  connection.subscribe(channelOf("all"), heard);
  connection.subscribe(channelOf(name), heard);
  connection.onUp(() => {
    void publish("all", { hears: true });
    sayAgain();
  });

  return {
    offer(entry, bytes) {
      entries.add(entry, bytes);
      gathered.soon();
    },
    reading: (requestId) => gathered.soon().reading.push(requestId),
    read: (requestId, reading) => gathered.soon().readings.push([requestId, reading ?? null]),
    discarded: (requestId, thrown) => gathered.soon().discarded.push([requestId, thrown]),
    learned: (key, tier) => gathered.soon().learned.push([key, tier]),
    session: (session) => gathered.soon().sessions.push(session),
    asked: (question) => gathered.soon().asked.push(questionBytes(question)),
    rate: ratings.ask,
    flush: gathered.flush,
    async close() {
      gathered.flush();
      for (const until = performance.now() + LAST_MS; connection.isUp && entries.size > 0 && performance.now() < until; ) {
        await wait(LOOK_MS);
      }
      gathered.close();
      entries.close();
    },
  };
}

/** False: it was not told. */
type Publish = (whom: string, frame: ReplicaFrame, pieces?: readonly Uint8Array[]) => Promise<boolean>;

/** What is to be told to all is told together, soon. */
function gather(connection: StateConnection, entries: OpenEntries, publish: Publish) {
  let outbox = emptyOutbox();
  let [told, toldBefore]: [Outbox[], Outbox[]] = [[], []]; // of the last five seconds, and of those before
  let toldSince = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const remember = (what: Outbox) => {
    if (performance.now() - toldSince > OPEN_MS) [told, toldBefore, toldSince] = [[], told, performance.now()];
    told.push(what);
  };
  const tell = async (what: Outbox, offered: readonly OpenEntry[]) => {
    const isTold = await publish("all", { ...filled(what), ...offerOf(offered) }, [...piecesOf(offered), ...what.asked]);
    if (isTold) remember(what);
    else outbox = joined(what, outbox); // what was offered is offered again when the store is back
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!connection.isUp) {
      outbox = joined(emptyOutbox(), outbox);
      return;
    }
    entries.expire(OPEN_MS);
    const due = entries.toOffer();
    if (!isEmpty(outbox) || due.length > 0) void tell(outbox, due.slice(0, MOST_OFFERED));
    outbox = emptyOutbox();
    for (let from = MOST_OFFERED; from < due.length; from += MOST_OFFERED) void tell(emptyOutbox(), due.slice(from, from + MOST_OFFERED));
  };
  const soon = () => {
    timer ??= setTimeout(flush, GATHER_MS).unref();
    return outbox;
  };
  const look = setInterval(() => entries.size > 0 && soon(), OPEN_MS / 5).unref();
  return {
    /** What is added to the outbox that it gives is told soon. */
    soon,
    /** There is one who may not have heard what was told of late. */
    again() {
      outbox = [...toldBefore, ...told, outbox].reduce(joined);
      [told, toldBefore] = [[], []];
      soon();
    },
    flush,
    close() {
      clearInterval(look);
      clearTimeout(timer);
    },
  };
}

/** Ratings of requests that another replica decided. Only one that knows the request answers. */
function askedRatings(publish: Publish) {
  const open = new Map<number, (result: FeedbackResult) => void>();
  let last = 0;
  return {
    async ask(feedback: Feedback): Promise<FeedbackResult> {
      const about = ++last;
      const answer = new Promise<FeedbackResult>((resolve) => open.set(about, resolve));
      const isAsked = await publish("all", { rate: { about, feedback } });
      const result = isAsked ? await Promise.race([answer, wait(RATED_MS, UNKNOWN, { ref: false })]) : UNKNOWN;
      open.delete(about);
      return result;
    },
    answered({ about, result }: NonNullable<ReplicaFrame["rated"]>): void {
      open.get(about)?.(result);
    },
  };
}

const UNKNOWN: FeedbackResult = { kind: "unknown" };

function offerOf(open: readonly OpenEntry[]): ReplicaFrame {
  if (open.length === 0) return {};
  let end = 0;
  const ends = open.map(({ bytes }) => {
    end += bytes.length;
    return end;
  });
  return { offer: { ids: open.map(({ entry }) => entry.requestId), ends } };
}

const piecesOf = (open: readonly OpenEntry[]) => open.map(({ bytes }) => bytes);

/** Without the kinds of which there is nothing. */
function filled({ asked, ...others }: Outbox): ReplicaFrame {
  const kinds = Object.fromEntries(Object.entries(others).filter(([, items]) => items.length > 0));
  return asked.length === 0 ? kinds : { ...kinds, asked: asked.reduce((bytes, { length }) => bytes + length, 0) };
}

/** What is to be told to all, by kind. */
interface Outbox {
  readonly reading: string[];
  readonly readings: (readonly [requestId: string, reading: Reading | null])[];
  readonly discarded: (readonly [requestId: string, thrown: ThrownAnswer])[];
  readonly learned: (readonly [key: string, tier: string])[];
  readonly sessions: SharedSession[];
  readonly asked: Buffer[]; // each a question
}

const emptyOutbox = (): Outbox => ({ reading: [], readings: [], discarded: [], learned: [], sessions: [], asked: [] });
const isEmpty = (outbox: Outbox) => Object.values(outbox).every((items) => items.length === 0);

/** `first` before `then`, the newest of both. */
function joined(first: Outbox, then: Outbox): Outbox {
  if (isEmpty(then)) return first;
  const newest = <Item>(items: readonly Item[], others: readonly Item[]) => [...items, ...others].slice(-MOST_WAITING);
  return {
    reading: newest(first.reading, then.reading),
    readings: newest(first.readings, then.readings),
    discarded: newest(first.discarded, then.discarded),
    learned: newest(first.learned, then.learned),
    sessions: newest(first.sessions, then.sessions),
    asked: newest(first.asked, then.asked),
  };
}

/** Undefined: there is nothing to say. */
function answerTo(frame: ReplicaFrame, bytes: Buffer, deps: ReplicaDeps): ReplicaFrame | undefined {
  const { offer, reading = [], readings = [], discarded = [], learned = [], sessions = [], asked = 0, rate } = frame;
  for (const requestId of reading) deps.reading(requestId);
  for (const [requestId, read] of readings) deps.read(requestId, (read as Reading | null) ?? undefined);
  for (const [requestId, thrown] of discarded) deps.discarded(requestId, thrown);
  for (const [key, tier] of learned) deps.learned(key, tier);
  for (const session of sessions) deps.session(session);
  if (asked > 0 && asked <= bytes.length) for (const question of questionsIn(bytes.subarray(bytes.length - asked))) deps.asked(question);
  const taken =
    offer === undefined
      ? []
      : offer.ids.filter((id, place) => deps.take(id, bytes.subarray(offer.ends[place - 1] ?? 0, offer.ends[place])));
  const result = rate === undefined ? UNKNOWN : deps.rated(rate.feedback);
  const rated = rate !== undefined && result.kind !== "unknown" ? { about: rate.about, result } : undefined;
  if (taken.length === 0 && rated === undefined) return undefined;
  return { ...(taken.length > 0 && { taken }), ...(rated !== undefined && { rated }) };
}

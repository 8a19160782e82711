// From a configuration to what a request is decided with. Made once per configuration; on reload a new one replaces it whole.
import { isUtf8 } from "node:buffer";
import { cacheGuard } from "../request/cache/ask.ts";
import type { Scope } from "../request/chat/facts.ts";
import { notedNames } from "../request/chat/param-table.ts";
import { PROMPT_SCOPE } from "../request/chat/prompt.ts";
import { ChatScanner, type CompiledKeywords } from "../request/chat/scanner.ts";
import { shapedMembers } from "../request/chat/shape.ts";
import { ANSWER_LIMITS } from "../request/guard/abilities.ts";
import { auditGuard } from "../request/guard/audit.ts";
import { canGuard } from "../request/guard/can.ts";
import type { Guard } from "../request/guard/guard.ts";
import { type LimitBook, limitBook } from "../request/guard/limits/book.ts";
import type { ChargeListener } from "../request/guard/limits/charges.ts";
import type { Ledger } from "../request/guard/limits/ledger.ts";
import { type SessionGuard, sessionGuard } from "../request/guard/session.ts";
import type { SessionStore } from "../request/guard/session-store.ts";
import { CASCADE, cascadingPolicy, withoutCascade } from "../request/policy/cascading.ts";
import { hashOfId } from "../request/policy/id-hash.ts";
import type { ThresholdHold, ThresholdMove } from "../request/policy/learned/share-keeper.ts";
import { unionOfNeeds } from "../request/policy/needs.ts";
import type { Link, Needs, Policy } from "../request/policy/policy.ts";
import { type CompileRegex, compileRegex } from "../request/policy/regex.ts";
import { saltOf } from "../request/rollout/assignment.ts";
import type { Arms, Standing } from "../request/routing/arms.ts";
import { ASKED_SCOPE } from "../request/routing/asked.ts";
import type { Routing } from "../request/routing/routing.ts";
import type { ServedBefore } from "../request/routing/served-before.ts";
import { mayWantVectors } from "../request/routing/wanted-vectors.ts";
import { cacheHashes } from "./cache-hashes.ts";
import { activePolicy, type Config } from "./config.ts";
import { healthGuards, type TiersHealth } from "./health-guards.ts";
import { namedPolicy } from "./named-policy.ts";
import { descriptorOf, type PolicyConfig } from "./policies/list.ts";

/** A learned policy moved its threshold; called on the request path. */
export type OnThresholdMoved = (policyId: string, move: ThresholdMove) => void;
export type OnThresholdHeld = (policyId: string, hold: ThresholdHold) => void;

export interface SnapshotOptions {
  /** What was in force before: its learned policies go on where their ids are unchanged, with the thresholds they have come to. */
  readonly previous?: Routing;
  readonly onThresholdMoved?: OnThresholdMoved;
  readonly onThresholdHeld?: OnThresholdHeld;
  readonly onVotesLeftOut?: (votes: number) => void; // likewise: one sender had more requests than count
  readonly cacheSecret?: string; // by which tenants are hashed; undefined: no answers are kept
  readonly voterSalt?: number; // of this process, so that nobody outside can tell whose votes fall together
  readonly servedBefore?: ServedBefore; // which tiers answered what, where answers are seen; it outlives a reload
  readonly sessions?: SessionStore; // it outlives a reload; undefined: every request for itself
  readonly limits?: LimitsOption; // undefined: nothing is limited
  readonly health?: TiersHealth; // likewise; undefined: every tier is taken for well
  readonly rolloutStands?: () => Standing; // where a rollout runs; undefined: the active policy alone is asked
  readonly takeoverStands?: () => boolean; // the conservative policy decides; undefined: never
  readonly compileRegex?: CompileRegex; // where they have been compiled before
  readonly compiledKeywords?: CompiledKeywords; // the active policy's, likewise
  readonly hearsOutcomes?: () => boolean; // without outcomes nobody can see that a request repeats another; unsaid: yes
  readonly hasSpans?: boolean; // by the environment, whatever the configuration says
}

/** What limits need that outlives a reload. */
export interface LimitsOption {
  readonly ledger: Ledger;
  readonly listener: ChargeListener;
  readonly now: () => number; // milliseconds since the epoch
}

export function routingOf(config: Config, options: SnapshotOptions = {}): Routing {
  return routingFor(config, askedPolicies(config, options), options);
}

/** What a request is asked about. */
export interface AskedPolicies {
  readonly active: Link;
  readonly candidate: Link | undefined; // of a rollout
  readonly conservative: Link | undefined; // that may take over
}

/** Two instances of what both of them ask, so that a candidate changes nothing that the active policy has learned. */
export function askedPolicies(config: Config, options: SnapshotOptions): AskedPolicies {
  const { rollout, takeover } = config;
  const { previous } = options;
  const watched = previous?.arms?.candidate;
  const isSame = rollout !== undefined && watched?.id === configured(config, rollout.candidate).id;
  return {
    active: policyKeeping(config, activePolicy(config), options, [watched, previous && linkOf(previous)]),
    candidate: rollout && policyKeeping(config, configured(config, rollout.candidate), options, isSame ? [watched] : []),
    conservative: takeover && policyKeeping(config, configured(config, takeover.policy), options, [previous?.takeover?.link]),
  };
}

/** What the scanner must do for them. */
export function needsOf({ active, candidate, conservative }: AskedPolicies): Needs {
  const others = [candidate, conservative].flatMap((link) => (link === undefined ? [] : [link.policy.needs]));
  return others.length === 0 ? active.policy.needs : unionOfNeeds([active.policy.needs, ...others]);
}

/** With what the policies were made into. */
export function routingFor(config: Config, asked: AskedPolicies, options: SnapshotOptions): Routing {
  const { hasSpans = false, hearsOutcomes: recordAsked = () => true, servedBefore, compiledKeywords, voterSalt = 0 } = options;
  const routing = routingWith(config, asked.active, { needs: needsOf(asked), compiled: compiledKeywords });
  const voters = { salt: voterSalt, header: config.voter };
  const session = sessionGuardOf(config, options);
  const limits = options.limits && limitBookOf(config, options.limits);
  const guards = guardsOf(config, options, limits);
  const arms = armsOf(config, asked, options);
  const cache = cacheGuardOf(config, options);
  const { takeoverStands: stands } = options;
  const takeover = asked.conservative && stands && { link: asked.conservative, stands };
  const asks = { recordAsked, recordModels: routing.recordModels || hasSpans, voters, session, limits, guards };
  const made = { ...routing, takeover, arms, cache, ...asks, wantsVectors: mayWantVectors({ ...routing, takeover, arms }) };
  return servedBefore === undefined ? made : { ...made, servedBefore };
}

function cacheGuardOf({ cache }: Config, { cacheSecret: secret }: SnapshotOptions) {
  return cache === undefined || secret === undefined ? undefined : cacheGuard(cache, cacheHashes(secret));
}

/** In the order of GUARDS. Undefined: none. */
function guardsOf(config: Config, { health }: SnapshotOptions, limits: LimitBook | undefined): readonly Guard[] | undefined {
  const guards = [...(limits?.guards ?? []), ...(health === undefined ? [] : healthGuards(config, health, limits?.hasRoom))];
  return guards.length === 0 ? undefined : guards;
}

function armsOf(
  { rollout, voter: userHeader }: Config,
  { candidate }: AskedPolicies,
  { rolloutStands: stands }: SnapshotOptions,
): Arms | undefined {
  if (rollout === undefined || candidate === undefined || stands === undefined) return undefined;
  const { by, name } = rollout.settings;
  return { candidate, by, userHeader, salt: saltOf(name), stands };
}

function sessionGuardOf(config: Config, { sessions: store, voterSalt: salt = 0 }: SnapshotOptions): SessionGuard | undefined {
  const { protect, cacheLivesMs, leastGainUsd, toolLoops } = config.session;
  if (store === undefined || protect === "off") return undefined;
  const prices = config.tiers.map(({ price }) => price);
  const weighs = protect === "full" || (protect === undefined && prices.every(({ inputPerMTok }) => inputPerMTok !== undefined));
  const rule = { prices, cacheLivesMs, leastGainUsd, upInToolLoops: toolLoops === "up" };
  const byVoter = config.voter !== undefined;
  return sessionGuard({ tiers: config.tiers.map(({ name }) => name), store, salt, byVoter, weighs, rule, now: () => performance.now() });
}

/** Undefined where nothing is limited, so that nothing is noted of a request either. */
function limitBookOf({ quotas, budgets, ledger: settings, tiers }: Config, option: LimitsOption): LimitBook | undefined {
  const limits = [...quotas, ...budgets];
  return limits.length === 0 ? undefined : limitBook({ settings: { ...settings, limits }, tiers, ...option });
}

/** The rollout that the configuration speaks of, with the versions of both policies. */
export function plannedRollout(config: Config) {
  const { rollout: plan } = config;
  return plan && { plan, candidate: configured(config, plan.candidate).id, stable: activePolicy(config).id };
}

interface Scanned {
  readonly needs: Needs; // the policy's, and those of others that are asked too
  readonly compiled?: CompiledKeywords | undefined;
}

/** The configuration with another policy in the place of the active one. */
export function routingWith(config: Config, { id, policy }: Link, scanned: Scanned = { needs: policy.needs }): Routing {
  const { needs, compiled } = scanned;
  const { maxBodyBytes } = config.limits;
  const { capturePrompts, envelopes } = config;
  const can = canGuard(config.tiers);
  const ofTiers = config.tiers.flatMap(({ params, shape }) => [...params.map(({ name }) => name), ...(shape ? shapedMembers(shape) : [])]);
  const edited = notedNames([...needs.params, ...ofTiers]);
  const params = can?.asksAnswerTokens ? [...new Set([...edited, ...ANSWER_LIMITS])] : edited;
  const { headers, hashSalt } = config.decisionLog;
  const logsFacts = config.decisionLog.to !== "off"; // of the whole text too, which most policies read that may be asked later
  const noted: readonly Scope[] = [...(logsFacts ? ["all" as const] : []), ...(capturePrompts ? [PROMPT_SCOPE] : [])];
  const scopes = [...new Set([...needs.scopes, ASKED_SCOPE, ...noted])];
  return {
    tiers: new Map(config.tiers.map((tier) => [tier.name, tier])),
    defaultTier: config.defaultTier,
    policyId: id,
    policy,
    can,
    cascade: config.cascade?.steps,
    audit:
      config.audit &&
      auditGuard(
        config.audit,
        config.tiers.map(({ name }) => name),
        Date.now,
      ),
    scanner: new ChatScanner({ ...needs, ...(compiled && { compiled }), params, scopes, envelopes, maxBodyBytes, isUtf8 }),
    refuseUnreadable: config.unreadable === "refuse",
    maxBodyBytes,
    recordAsked: () => true,
    recordModels: config.decisionLog.to !== "off" || config.traces.endpoint !== undefined,
    recordHeaders: headers.length === 0 ? undefined : { names: headers, salt: hashSalt === undefined ? undefined : hashOfId(hashSalt)[0] },
    recordFacts: logsFacts ? hashOfId(config.audit?.salt ?? "")[0] : undefined,
    capturePrompts,
    unknownState: config.continued.unknown,
  };
}

/** A policy of the configuration, with the links of a chain: a policy that stands in several of them is made once. */
export function policyOf(config: Config, settings: PolicyConfig, options: SnapshotOptions = {}): Link {
  return policyKeeping(config, settings, options, [options.previous && linkOf(options.previous)]);
}

/** `before`: what it may go on as; of two with one id, the last. */
function policyKeeping(config: Config, settings: PolicyConfig, options: SnapshotOptions, before: readonly (Link | undefined)[]): Link {
  const { onThresholdMoved } = options;
  const kept = new Map<string, Policy>(before.flatMap((link) => (link === undefined ? [] : allLinks(link))));
  const first = config.cascade?.steps[0];
  const made = new Map<string, Policy>();
  const link = (policy: PolicyConfig): Link => {
    const { id } = policy;
    const existing = made.get(id) ?? (descriptorOf(policy).outlivesReload ? kept.get(id) : undefined);
    const plain = withoutCascade(existing ?? make(policy));
    const cascades = first !== undefined && descriptorOf(policy).tiers(policy).includes(CASCADE);
    const instance = cascades ? cascadingPolicy(plain, first) : plain;
    made.set(id, instance);
    return { id, policy: instance };
  };
  const make = (policy: PolicyConfig): Policy =>
    descriptorOf(policy).make(policy, {
      linkOf: (name) => link(configured(config, name)),
      compileRegex: options.compileRegex ?? compileRegex,
      random: Math.random,
      now: Date.now,
      onThresholdMoved: (move) => onThresholdMoved?.(policy.id, move),
      onThresholdHeld: (hold) => options.onThresholdHeld?.(policy.id, hold),
      onVotesLeftOut: (votes) => options.onVotesLeftOut?.(votes),
    });
  return link(settings);
}

export interface LiveThreshold {
  readonly policyId: string;
  readonly at: number;
  readonly target: number; // share of requests to hold under it
}

/** Of the policies that move their thresholds by themselves: where each stands. */
export function liveThresholds(routing: Routing): readonly LiveThreshold[] {
  return decidingLinks(routing)
    .toReversed()
    .flatMap(allLinks)
    .flatMap(([policyId, { liveThreshold, keptShare }]) =>
      liveThreshold === undefined || keptShare === undefined ? [] : [{ policyId, at: liveThreshold(), target: keptShare() }],
    );
}

type TrainedScores = NonNullable<Policy["trainedScores"]>;

/** How scores lay in training, of the policies that were trained, by the names that decisions give them. */
export function trainedScores(routing: Routing): ReadonlyMap<string, TrainedScores> {
  const of = ({ id, policy }: Link, before = ""): readonly (readonly [string, TrainedScores])[] => {
    const own = policy.trainedScores === undefined ? [] : [[`${before}${id}`, policy.trainedScores] as const];
    return [...own, ...(policy.links ?? []).flatMap((link) => of(link, `${before}${id}/`))];
  };
  return new Map(decidingLinks(routing).flatMap((link) => of(link)));
}

/** The active policy, a rollout's candidate, and the one that may take over. */
export function decidingLinks(routing: Routing): readonly Link[] {
  return [linkOf(routing), routing.arms?.candidate, routing.takeover?.link].filter((link) => link !== undefined);
}

function linkOf({ policyId: id, policy }: Routing): Link {
  return { id, policy };
}

/** A policy and all that it asks, by id. */
function allLinks({ id, policy }: Link): readonly (readonly [id: string, policy: Policy])[] {
  return [[id, policy], ...(policy.links ?? []).flatMap(allLinks)];
}

export interface NamedPolicy extends Link {
  readonly settings: PolicyConfig;
}

/** As the command line names one: a policy of the configuration, a preset such as v7, or learned:FILE. Throws as `namedPolicy` does. */
export function policyNamed(config: Config, name: string): NamedPolicy {
  const settings = namedPolicy(config, name);
  return { ...policyOf(config, settings), settings };
}

function configured(config: Config, name: string): PolicyConfig {
  const policy = config.policies[name];
  if (policy === undefined) throw new Error(`invariant: the policy ${name} is configured`);
  return policy;
}

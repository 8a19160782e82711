// What the check on the order of attempts must find, and must not: changes to the shipped envoy.yaml, whose tiers have one server each.
import type { Mistake } from "./edited-config.ts";
import { ENDPOINTS, RETRY, remove, STRONG, STRONG_THEN_WEAK, set, WEAK, WEAK_THEN_STRONG } from "./places.ts";

const ENTRIES = ["cluster_type", "typed_config", "clusters"];
const entries = (place: Mistake["edits"][number]["at"], ...names: readonly string[]) =>
  set(
    [...place, ...ENTRIES],
    names.map((name) => ({ name })),
  );
const twoServers = (tier: Mistake["edits"][number]["at"]) => set([...tier, ...ENDPOINTS], (servers: unknown[]) => [...servers, ...servers]);
const threeAttempts = set([...RETRY, "num_retries"], 2);
const IN_WEAK = "cluster weak_then_strong > cluster_type";
const weakTwice = entries(WEAK_THEN_STRONG, "weak", "weak", "strong");
const strongTwice = entries(STRONG_THEN_WEAK, "strong", "strong", "weak");

export const FALLBACK_MISTAKES: readonly Mistake[] = [
  {
    name: "a lone server is asked twice",
    edits: [threeAttempts, weakTwice, strongTwice, twoServers(STRONG)],
    found: "lone-server-asked-again",
    where: IN_WEAK,
    what: /Attempts 1 and 2 go to weak/,
  },
  {
    name: "the other tier's lone server is asked twice",
    edits: [threeAttempts, entries(WEAK_THEN_STRONG, "weak", "strong", "strong"), entries(STRONG_THEN_WEAK, "strong", "weak", "strong")],
    found: "lone-server-asked-again",
    where: IN_WEAK,
    what: /Attempts 2 and 3 go to strong/,
  },
  { name: "tiers of two servers are asked twice", edits: [threeAttempts, weakTwice, strongTwice, twoServers(WEAK), twoServers(STRONG)] },
  {
    name: "one tier of two servers, one of one",
    edits: [threeAttempts, weakTwice, entries(STRONG_THEN_WEAK, "strong", "weak", "weak"), twoServers(WEAK)],
  },
  {
    name: "servers that only their names tell",
    edits: [threeAttempts, weakTwice, strongTwice, set([...WEAK, "type"], "STRICT_DNS"), set([...STRONG, "type"], "STRICT_DNS")],
  },
  {
    name: "a tier behind a listener within Envoy",
    edits: [
      threeAttempts,
      weakTwice,
      entries(STRONG_THEN_WEAK, "strong", "weak", "weak"),
      set([...WEAK, ...ENDPOINTS, 0, "endpoint", "address"], { envoy_internal_address: { server_listener_name: "weak_outside" } }),
    ],
  },
  { name: "a second entry that no attempt reaches", edits: [entries(WEAK_THEN_STRONG, "weak", "strong", "strong")] },
  { name: "a lone server and no other tier", edits: [entries(WEAK_THEN_STRONG, "weak", "weak")] },
  {
    name: "a tier of two servers is left at once",
    edits: [twoServers(WEAK)],
    found: "tier-left-early",
    where: IN_WEAK,
    what: /weak has 2 servers, and attempt 2 goes to strong/,
  },
  {
    name: "more attempts than entries",
    edits: [threeAttempts, entries(STRONG_THEN_WEAK, "strong", "weak", "strong")],
    found: "retries-beyond-tiers",
    where: IN_WEAK,
    what: /2 clusters, and num_retries allows 3 attempts/,
  },
  {
    name: "a retry budget, where each fallback is a retry",
    edits: [set([...WEAK_THEN_STRONG, "circuit_breakers", "thresholds", 0], { retry_budget: {} })],
    found: "fallback-budgeted",
    where: "cluster weak_then_strong > circuit_breakers",
    what: /is 20 %, and each fallback to strong is a retry/,
  },
  {
    name: "a retry budget for all requests",
    edits: [set([...WEAK_THEN_STRONG, "circuit_breakers", "thresholds", 0], { retry_budget: { budget_percent: { value: 100 } } })],
  },
  { name: "Envoy's own number of retries, which is one", edits: [remove([...RETRY, "num_retries"])] },
];

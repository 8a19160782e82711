// What is odd about a list of rules: some can never decide, and of some only their place in the list says which decides.
import { casesOf, covers, disjoint, impossible, type RuleCase } from "./rule-cases.ts";
import { inOrder, type RuleSettings, type RulesSettings } from "./rules.ts";

export interface RuleConflict {
  /** `never`: no request matches. `shadowed`: `other` comes first and takes all it matches. `overlap`: both match some, of one priority. */
  readonly kind: "never" | "shadowed" | "overlap";
  readonly rule: string;
  readonly other?: string;
  readonly sentence: string;
}

interface Comparable {
  readonly rule: RuleSettings;
  readonly cases: readonly RuleCase[]; // those that a request can be of
}

/**
 * In the order the rules are asked. Nothing is called `never` or `shadowed` that can decide. An overlap is worth a look only where the
 * tiers differ and nobody has said which is first: rules of different priorities are not reported.
 */
export function ruleConflicts({ rules, allowedHeaders }: RulesSettings): readonly RuleConflict[] {
  const allowed = new Set(allowedHeaders);
  const conflicts: RuleConflict[] = [];
  const earlier: Comparable[] = [];
  for (const rule of inOrder(rules)) {
    const all = casesOf(rule);
    const reasons = all.map((each) => impossible(each, allowed));
    const cases = all.filter((_, i) => reasons[i] === undefined);
    if (cases.length === 0) {
      conflicts.push(never(rule, reasons[0] ?? "its list of alternatives is empty"));
      continue;
    }
    const first = earlier.find((other) => cases.every((each) => other.cases.some((wide) => covers(wide, each))));
    if (first !== undefined) conflicts.push(shadowed(rule, first.rule));
    else conflicts.push(...overlaps({ rule, cases }, earlier, allowed));
    earlier.push({ rule, cases });
  }
  return conflicts;
}

function overlaps({ rule, cases }: Comparable, earlier: readonly Comparable[], allowed: ReadonlySet<string>): RuleConflict[] {
  const equals = earlier.filter((other) => other.rule.priority === rule.priority && other.rule.tier !== rule.tier);
  const met = equals.filter((other) => cases.some((a) => other.cases.some((b) => !disjoint(a, b, allowed))));
  return met.map((other) => overlap(rule, other.rule));
}

function never({ name }: RuleSettings, why: string): RuleConflict {
  return { kind: "never", rule: name, sentence: `rule ${name} can never match: ${why}` };
}

function shadowed({ name }: RuleSettings, other: RuleSettings): RuleConflict {
  const sentence = `rule ${name} can never decide: ${other.name} comes first and matches all that ${name} matches`;
  return { kind: "shadowed", rule: name, other: other.name, sentence };
}

function overlap({ name, tier, priority }: RuleSettings, other: RuleSettings): RuleConflict {
  const sentence =
    `rules ${other.name} (${other.tier}) and ${name} (${tier}) can match the same request; both have priority ${priority}, ` +
    `so ${other.name} decides because it is listed first`;
  return { kind: "overlap", rule: name, other: other.name, sentence };
}

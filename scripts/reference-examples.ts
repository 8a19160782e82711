// One example of each type of policy, for the reference. Each stands in a file of its own under `policies`, and is valid as it stands.

export const POLICY_EXAMPLES: Readonly<Record<string, string>> = {
  threshold: `main: { type: threshold, preset: v7, maxChars: 800 }`,
  rules: `byRule:
  type: rules
  headers: [x-team]
  rules:
    - { name: research, priority: 1, match: { headers: { x-team: research-* } }, tier: strong }
    - name: greeting
      priority: 2
      match: { keywords: [你好, 早上好, hi, hello], maxChars: 100 }
      tier: weak
      params: { temperature: 0.3, max_tokens: 100 }
    - name: code
      priority: 3
      match: { any: [{ keywords: [写代码, function] }, { regex: '(?i)\\bdef \\w+' }] }
      tier: strong
      params: { temperature: 0.2 }
      overwrite: true
  fallback: { tier: weak, params: { temperature: 0.7 } }`,
  difficulty: `main:
  type: difficulty
  bands:
    - { below: 0.2, tier: weak, params: { temperature: 0.7, max_tokens: 300 } }
    - { below: 0.5, tier: weak, params: { temperature: 0.5, max_tokens: 500 } }
    - { below: 0.8, tier: strong, params: { temperature: 0.3, max_tokens: 1500 } }
    - { tier: strong, params: { temperature: 0.2, max_tokens: 2000 } }`,
  learned: `trained: { type: learned, file: model.json, threshold: auto, weakShare: 0.65 }`,
  fixed: `cheap: { type: fixed, tier: weak }`,
  random: `coin: { type: random, shares: { weak: 0.7, strong: 0.3 }, seed: 1 }`,
  length: `byLength: { type: length, maxChars: 400, scope: user }`,
  chain: `main: { type: chain, of: [sure, rest] }
sure: { type: rules, rules: [{ name: small-model, match: { model: '*-mini' }, tier: weak }] }
rest: { type: threshold }`,
};

/** The example as a configuration file. */
export function exampleConfig(example: string): string {
  const active = /^\w+/.exec(example)?.[0];
  return `active: ${active}\npolicies:\n${example.replaceAll(/^/gm, "  ")}\n`;
}

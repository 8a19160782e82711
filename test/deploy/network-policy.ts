// Who may talk to whom under one NetworkPolicy, as Kubernetes defines it: for tests that ask this of the one we ship. An evaluator of what
// such a file may say; what we do not use (ipBlock, endPort) it refuses to judge.

export interface Pod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Where a connection ends: a port of the pod, which a policy may name. */
export interface Port {
  readonly name?: string;
  readonly number: number;
  readonly protocol?: "TCP" | "UDP"; // TCP unless told otherwise
}

export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly Expression[];
}

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

interface Peer {
  readonly namespaceSelector?: Selector;
  readonly podSelector?: Selector;
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly protocol?: string; readonly port?: string | number }[];
}

export interface NetworkPolicy {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

/** Whether `policy`, if it is the only one, lets `from` reach that port of `to`. A pod that it does not select is open to all. */
export function mayEnter(policy: NetworkPolicy, from: Pod, to: Pod, port: Port): boolean {
  if (!isSelected(policy, to, "Ingress")) return true;
  return (policy.spec.ingress ?? []).some((rule) => allows(rule, rule.from, { policy, peer: from, port }));
}

/** Likewise whether `from` may call that port of `to`. */
export function mayLeave(policy: NetworkPolicy, from: Pod, to: Pod, port: Port): boolean {
  if (!isSelected(policy, from, "Egress")) return true;
  return (policy.spec.egress ?? []).some((rule) => allows(rule, rule.to, { policy, peer: to, port }));
}

function isSelected({ metadata, spec }: NetworkPolicy, pod: Pod, type: string): boolean {
  return pod.namespace === metadata.namespace && matches(spec.podSelector, pod.labels) && spec.policyTypes.includes(type);
}

interface Asked {
  readonly policy: NetworkPolicy;
  readonly peer: Pod;
  readonly port: Port;
}

/** No peers, or none named, are all; likewise ports. */
function allows({ ports = [] }: Rule, peers: readonly Peer[] = [], { policy, peer, port }: Asked): boolean {
  const isPeer = peers.length === 0 || peers.some((each) => isOne(each, peer, policy.metadata.namespace));
  return isPeer && (ports.length === 0 || ports.some((each) => isPort(each, port)));
}

/** Both selectors of one peer must match; without one for namespaces it is the policy's own. */
function isOne({ namespaceSelector, podSelector, ...rest }: Peer, pod: Pod, own: string): boolean {
  if (Object.keys(rest).length > 0) throw new Error(`not judged here: ${Object.keys(rest).join()}`);
  const isNamespace =
    namespaceSelector === undefined ? pod.namespace === own : matches(namespaceSelector, { "kubernetes.io/metadata.name": pod.namespace });
  return isNamespace && (podSelector === undefined || matches(podSelector, pod.labels));
}

function isPort({ protocol = "TCP", port, ...rest }: NonNullable<Rule["ports"]>[number], asked: Port): boolean {
  if (Object.keys(rest).length > 0) throw new Error(`not judged here: ${Object.keys(rest).join()}`);
  return protocol === (asked.protocol ?? "TCP") && (port === undefined || port === asked.number || port === asked.name);
}

export function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Readonly<Record<string, string>>): boolean {
  const isLabelled = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return isLabelled && matchExpressions.every((expression) => fulfils(expression, labels[expression.key]));
}

function fulfils({ operator, values = [] }: Expression, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      throw new Error(`no operator of a label selector: ${operator}`);
  }
}

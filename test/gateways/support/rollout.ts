// What a Deployment's controller does with pods, as pure functions: which to make and which to end, and the status to report.
import { createHash } from "node:crypto";
import type { Deployment } from "./kubernetes-kinds.ts";

export interface RolloutPod {
  readonly name: string;
  readonly hash: string; // of the template it was made from
  readonly ready: boolean;
  readonly terminating: boolean;
}

export interface RolloutStep {
  readonly create: number;
  readonly end: readonly string[]; // by name
}

/** Changes with everything that makes pods differ; `kubectl rollout restart` changes an annotation. */
export function templateHash({ spec }: Deployment): string {
  return createHash("sha256").update(JSON.stringify(spec.template)).digest("hex").slice(0, 10);
}

/** The next step of a rolling update, or of scaling, within `maxSurge` and `maxUnavailable`. */
export function nextStep(deployment: Deployment, pods: readonly RolloutPod[]): RolloutStep {
  const { replicas } = deployment.spec;
  const { surge, unavailable } = limitsOf(deployment);
  const living = pods.filter(({ terminating }) => !terminating);
  const [fresh, old] = split(living, templateHash(deployment));
  const create = Math.max(0, Math.min(replicas - fresh.length, replicas + surge - living.length));
  const tooMany = unreadyFirst(fresh).slice(0, Math.max(0, fresh.length - replicas));
  const staying = living.filter((pod) => !tooMany.includes(pod));
  const spare = Math.max(0, staying.filter(({ ready }) => ready).length - (replicas - unavailable));
  const oldReady = old.filter(({ ready }) => ready).slice(0, spare);
  const oldUnready = old.filter(({ ready }) => !ready);
  return { create, end: [...tooMany, ...oldUnready, ...oldReady].map(({ name }) => name) };
}

export function deploymentStatus(deployment: Deployment, pods: readonly RolloutPod[]): unknown {
  const { replicas } = deployment.spec;
  const living = pods.filter(({ terminating }) => !terminating);
  const [fresh, old] = split(living, templateHash(deployment));
  const ready = living.filter((pod) => pod.ready).length;
  const enough = ready >= replicas - limitsOf(deployment).unavailable;
  const complete = fresh.length === replicas && old.length === 0 && ready === replicas;
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: living.length,
    updatedReplicas: fresh.length,
    readyReplicas: ready,
    availableReplicas: ready,
    unavailableReplicas: Math.max(0, replicas - ready),
    conditions: [
      condition("Available", enough, enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable"),
      condition("Progressing", true, complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated"),
    ],
  };
}

function condition(type: string, isTrue: boolean, reason: string): unknown {
  return { type, status: isTrue ? "True" : "False", reason };
}

function limitsOf({ spec }: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { maxSurge = 0, maxUnavailable = 0 } = spec.strategy?.rollingUpdate ?? {};
  const of = (limit: number | string, round: (value: number) => number) =>
    typeof limit === "number" ? limit : round((Number.parseInt(limit, 10) / 100) * spec.replicas);
  const surge = of(maxSurge, Math.ceil);
  const unavailable = of(maxUnavailable, Math.floor);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function split(pods: readonly RolloutPod[], hash: string): readonly [readonly RolloutPod[], readonly RolloutPod[]] {
  return [pods.filter((pod) => pod.hash === hash), pods.filter((pod) => pod.hash !== hash)];
}

function unreadyFirst(pods: readonly RolloutPod[]): readonly RolloutPod[] {
  return [...pods].sort((a, b) => Number(a.ready) - Number(b.ready));
}

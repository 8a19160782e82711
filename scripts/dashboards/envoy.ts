// The dashboard of Envoy, which alone knows what passed without sluice.
import { type DashboardDescription, JOB, PER_SECOND, RATIO, rateOf } from "./description.ts";

const SLUICE_CLUSTER = 'envoy_cluster_name=~".*sluice.*"';
export const ENVOY: DashboardDescription = {
  uid: "sluice-envoy",
  title: "Sluice: Envoy",
  about: "What Envoy says of sluice and of the tiers: all that fail-open hides.",
  jobsOf: "envoy_http_ext_proc_streams_started",
  sections: [
    {
      title: "External processing",
      panels: [
        {
          kind: "lines",
          title: "Passed without an answer",
          unit: RATIO,
          queries: [[`max by (job) (job:envoy_ext_proc_failure_mode_allowed:ratio5m{${JOB}})`, "{{job}}"]],
        },
        {
          kind: "lines",
          title: "Calls to sluice",
          unit: PER_SECOND,
          queries: [
            [rateOf("envoy_http_ext_proc_streams_started", "job"), "started"],
            [rateOf("envoy_http_ext_proc_streams_failed", "job"), "failed"],
            [rateOf("envoy_http_ext_proc_message_timeouts", "job"), "timed out"],
            [rateOf("envoy_http_ext_proc_failure_mode_allowed", "job"), "let pass"],
            [rateOf("envoy_http_ext_proc_rejected_header_mutations", "job"), "header changes refused"],
          ],
        },
        {
          kind: "lines",
          title: "Connections to sluice",
          about: "A GOAWAY at a restart of sluice is normal; GOAWAYs all the time, and any flood, are not.",
          unit: "ops",
          queries: [
            [rateOf("envoy_cluster_upstream_cx_close_notify", "envoy_cluster_name", SLUICE_CLUSTER), "GOAWAY {{envoy_cluster_name}}"],
            [rateOf("envoy_cluster_http2_outbound_control_flood", "envoy_cluster_name", SLUICE_CLUSTER), "flood {{envoy_cluster_name}}"],
            [rateOf("envoy_cluster_upstream_cx_connect_fail", "envoy_cluster_name", SLUICE_CLUSTER), "refused {{envoy_cluster_name}}"],
            [rateOf("envoy_cluster_upstream_rq_pending_overflow", "envoy_cluster_name", SLUICE_CLUSTER), "overflow {{envoy_cluster_name}}"],
          ],
        },
        {
          kind: "lines",
          title: "Access log entries",
          unit: "ops",
          queries: [
            [rateOf("envoy_access_logs_grpc_access_log_logs_written", "job"), "written"],
            [rateOf("envoy_access_logs_grpc_access_log_logs_dropped", "job"), "dropped"],
          ],
        },
      ],
    },
    {
      title: "Clients and tiers",
      panels: [
        {
          kind: "stack",
          title: "Answers by status class",
          unit: PER_SECOND,
          queries: [
            [
              rateOf("envoy_http_downstream_rq_xx", "envoy_response_code_class", 'envoy_http_conn_manager_prefix!="admin"'),
              "{{envoy_response_code_class}}xx",
            ],
          ],
        },
        {
          kind: "lines",
          title: "Requests in flight by cluster",
          unit: "short",
          queries: [[`sum by (envoy_cluster_name) (envoy_cluster_upstream_rq_active{${JOB}})`, "{{envoy_cluster_name}}"]],
        },
        {
          kind: "lines",
          title: "Retries by cluster",
          unit: PER_SECOND,
          queries: [
            [rateOf("envoy_cluster_upstream_rq_retry", "envoy_cluster_name"), "{{envoy_cluster_name}}"],
            [rateOf("envoy_cluster_upstream_rq_retry_overflow", "envoy_cluster_name"), "{{envoy_cluster_name}} refused"],
          ],
        },
        {
          kind: "lines",
          title: "Healthy servers by cluster",
          unit: "short",
          queries: [[`sum by (envoy_cluster_name) (envoy_cluster_membership_healthy{${JOB}})`, "{{envoy_cluster_name}}"]],
        },
      ],
    },
  ],
};

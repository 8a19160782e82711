// Traces in the configuration: where spans go, and of which requests.
import { z } from "zod";
import type { TracesSettings } from "../../outcome/sinks/settings.ts";
import { note } from "../effective.ts";
import { headerName, httpUrl } from "../fields.ts";
import { asGiven, type Capability, none } from "./capability.ts";

const schema = z
  .strictObject({
    endpoint: httpUrl
      .optional()
      .describe(
        "where spans go, by OTLP over HTTP; `/v1/traces` when it has no path. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`'s; else no spans",
      ),
    headers: z
      .record(headerName, z.string().max(8192))
      .default({})
      .describe("sent along, such as `authorization`; secrets are better given in `OTEL_EXPORTER_OTLP_HEADERS`. Never shown"),
    sampleShare: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe("share of the requests that get a span; a request that belongs to a trace follows that trace's own sampling"),
  })
  .prefault({});

export const traces: Capability<typeof schema, TracesSettings> = {
  schema,
  resolve: (file) => ({ ...file, endpoint: file.endpoint }),
  shown: asGiven,
  effective: ({ endpoint, headers, sampleShare }) => ({
    endpoint: endpoint ?? note("OTEL_EXPORTER_OTLP_ENDPOINT's; else no spans"),
    headers,
    sampleShare,
  }),
  secrets: ["headers"],
  atNextStart: [],
  warnings: none,
};

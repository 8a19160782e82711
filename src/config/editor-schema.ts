// The JSON Schema by which editors check and complete sluice.yaml: in draft 7, which every YAML language server reads.
import { z } from "zod";
import { configSchema } from "./schema.ts";

/** As text. What it refuses, `sluice check` refuses too; that looks closer: at references, regular expressions and addresses. */
export function editorSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: "input", target: "draft-7" });
  const schema = { $schema, title: "sluice.yaml", description: "The configuration of sluice; docs/reference.md describes it.", ...rest };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

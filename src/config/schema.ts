// What may stand in the configuration file: the keys of all capabilities. The reference documentation and the JSON schema for editors are
// made from this; what a key's value must agree with elsewhere in the file its capability checks when it is resolved.
import { z } from "zod";
import { CAPABILITIES, type CapabilitySchemas } from "./capabilities/list.ts";

const capabilities = Object.fromEntries(CAPABILITIES.map(([key, { schema }]) => [key, schema])) as unknown as CapabilitySchemas;

export const configSchema = z.strictObject({
  $schema: z.string().optional().describe("where an editor finds the schema of this file; sluice itself ignores it"),
  ...capabilities,
});

/** The file's content, its own defaults filled in. */
export type ConfigFile = z.output<typeof configSchema>;

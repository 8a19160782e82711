// `sluice schema`: prints the JSON Schema of the configuration, for editors.
import { Command } from "commander";
import { editorSchemaText } from "../config/editor-schema.ts";

export function schemaCommand(): Command {
  return new Command("schema")
    .description("print the JSON Schema of the configuration, for editors")
    .action(() => void process.stdout.write(editorSchemaText()));
}

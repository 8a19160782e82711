// `sluice rollout`: how the rollout of a running sluice stands, and a person's word to it.
import { Argument, Command } from "commander";
import type { RolloutStatus } from "../outcome/rollout/status.ts";
import { type AdminOptions, adminTls, askAdmin, tellAdmin, withAdminOptions } from "./admin-client.ts";
import { rolloutText } from "./rollout-text.ts";

const TOKEN_VARIABLE = "SLUICE_ADMIN_TOKEN";
const PATH = "/v1/rollout";
const ACTIONS = ["status", "start", "promote", "hold", "rollback"] as const;

interface RolloutOptions extends AdminOptions {
  readonly json: boolean;
}

export function rolloutCommand(): Command {
  return withAdminOptions(
    new Command("rollout")
      .description(
        "show how the rollout of a running sluice stands; start it anew or go on, go to the next stage, hold it, or roll it back",
      )
      .addArgument(new Argument("[action]", "what to do").choices(ACTIONS).default("status")),
  )
    .option("--json", "as JSON", false)
    .addHelpText("after", `\nWhere the port asks for a token, it is taken from ${TOKEN_VARIABLE}.`)
    .action(runRollout);
}

async function runRollout(action: (typeof ACTIONS)[number], { admin, json, ...files }: RolloutOptions): Promise<void> {
  const tls = adminTls(files);
  const told = { path: PATH, body: { action }, token: process.env[TOKEN_VARIABLE] };
  const answer = action === "status" ? await askAdmin(admin, PATH, tls) : await tellAdmin(admin, told, tls);
  const { rollout } = answer as { readonly rollout: readonly RolloutStatus[] };
  process.stdout.write(json ? `${JSON.stringify(rollout, null, 2)}\n` : rolloutText(rollout));
}

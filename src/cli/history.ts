// `sluice history`: which policies decided, since when, and what made it so; of a version, what its settings were.
import { existsSync } from "node:fs";
import { Command } from "commander";
import { SluiceError } from "../errors.ts";
import type { History, PolicyVersion } from "../outcome/history/history.ts";
import { readHistory } from "../outcome/history/kept-history.ts";
import { type AdminOptions, adminTls, askAdmin, withAdminOptions } from "./admin-client.ts";
import { historyText } from "./history-text.ts";

const FILE_HINT = "Give the file that `history.file` names in the configuration; without --file a running sluice is asked.";
const VERSION_HINT = "`sluice history --json` lists the versions that it knows, under `versions`.";

interface HistoryOptions extends AdminOptions {
  readonly file?: string;
  readonly json: boolean;
}

export function historyCommand(): Command {
  return withAdminOptions(
    new Command("history")
      .description("show which policies of a running sluice decided, since when, and what made it so")
      .argument("[version]", "a policy's version, as main@v7: what its settings were"),
  )
    .option("--file <path>", "the history of a sluice that does not run: its `history.file`")
    .option("--json", "as JSON", false)
    .action(async (version: string | undefined, options: HistoryOptions) => {
      const history = await historyOf(options);
      const shown = version === undefined ? history : versionIn(history, version);
      const isJson = options.json || version !== undefined;
      process.stdout.write(isJson ? `${JSON.stringify(shown, null, 2)}\n` : historyText(history));
    });
}

async function historyOf({ admin, file, json: _, ...files }: HistoryOptions): Promise<History> {
  if (file === undefined) return (await askAdmin(admin, "/v1/history", adminTls(files))) as History;
  const found = existsSync(file) ? await readHistory(file) : "bad";
  if (found === "bad") throw new SluiceError("data-unreadable", `${file}: no history of policies`, { hint: FILE_HINT });
  return found;
}

function versionIn({ versions }: History, version: string): PolicyVersion {
  const found = versions.find(({ policy }) => policy === version);
  if (found === undefined) throw new SluiceError("policy-unknown", `${version}: not in the history`, { hint: VERSION_HINT });
  return found;
}

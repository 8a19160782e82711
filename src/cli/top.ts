// `sluice top`: what a running sluice decides and what was served, live in the terminal.
import { Command } from "commander";
import { describe } from "../errors.ts";
import { frameOf } from "../outcome/live/frame.ts";
import type { Span } from "../outcome/live/spans.ts";
import type { LiveView } from "../outcome/live/view.ts";
import { type AdminOptions, type AdminTls, adminTls, askAdmin, withAdminOptions } from "./admin-client.ts";
import { enterScreen, plainText } from "./terminal.ts";

const EVERY_MS = 1000;
const END_KEYS = [0x71, 0x51, 0x03, 0x04]; // q, Q, Ctrl-C, Ctrl-D

interface TopOptions extends AdminOptions {
  readonly once: boolean;
  readonly json: boolean;
}

export function topCommand(): Command {
  return withAdminOptions(new Command("top").description("show live what a running sluice decides and what was served"))
    .option("--once", "print it once, without colours, and end; so it is where the output is no terminal", false)
    .option("--json", "print it once, as JSON", false)
    .action(runTop);
}

async function runTop({ admin, once, json, ...files }: TopOptions): Promise<void> {
  const tls = adminTls(files);
  const first = await viewOf(admin, tls);
  if (json) process.stdout.write(`${JSON.stringify(first, null, 2)}\n`);
  else if (once || !process.stdout.isTTY) {
    const size = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };
    process.stdout.write(plainText(frameOf(first, admin, size)));
  } else await showLive(admin, tls, first);
}

/** Throws what `askAdmin` throws. */
async function viewOf(admin: string, tls: AdminTls): Promise<LiveView> {
  return (await askAdmin(admin, "/live", tls)) as LiveView;
}

/** Until q, Ctrl-C or a signal. An admin port that stops answering is said so and asked again. */
async function showLive(admin: string, tls: AdminTls, first: LiveView): Promise<void> {
  const { stdin, stdout } = process;
  let view = first;
  let trouble: readonly Span[] | undefined;
  const screen = enterScreen((text) => stdout.write(text));
  const draw = () => {
    const [columns, rows] = stdout.getWindowSize();
    const frame = frameOf(view, `${admin}  q ends`, { columns, rows: trouble === undefined ? rows : rows - 1 });
    screen.draw(trouble === undefined ? frame : [trouble, ...frame]);
  };
  const ask = async () => {
    try {
      view = await viewOf(admin, tls);
      trouble = undefined;
    } catch (error) {
      trouble = [{ text: (describe(error).split("\n", 1)[0] ?? "").slice(0, stdout.columns), style: "bad" }];
    }
    draw();
    timer = setTimeout(ask, EVERY_MS);
  };
  let timer = setTimeout(ask, EVERY_MS);
  stdout.on("resize", draw);
  draw();
  try {
    await untilAskedToEnd(stdin);
  } finally {
    clearTimeout(timer);
    stdout.off("resize", draw);
    screen.leave();
  }
  process.exit(0); // a question may be under way
}

function untilAskedToEnd(stdin: NodeJS.ReadStream): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      if (stdin.isTTY) stdin.setRawMode(false);
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
    if (!stdin.isTTY) return; // a signal ends it
    stdin.setRawMode(true);
    stdin.on("data", (keys: Buffer) => {
      if (keys.some((key) => END_KEYS.includes(key))) end();
    });
  });
}

import { expect, test } from "vitest";
import { Progress } from "../../src/cli/progress.ts";

function shownBy(
  terminal: boolean,
  totalBytes: number | undefined,
  steps: (progress: Progress, pass: (ms: number) => void) => void,
): string {
  let [text, now] = ["", 0];
  const write = (more: string) => {
    text += more;
  };
  const surroundings = { write, terminal, now: () => now };
  steps(new Progress(totalBytes, surroundings), (ms) => {
    now += ms;
  });
  return text;
}

test("what takes less than two seconds shows nothing", () => {
  const text = shownBy(true, 100, (progress, pass) => {
    for (let step = 0; step < 19; step++) {
      pass(100);
      progress.add(5);
    }
    progress.next("measuring");
    progress.end();
  });
  expect(text).toBe("");
});

test("a terminal has one line, written anew five times a second, and empty at the end", () => {
  const text = shownBy(true, 400e6, (progress, pass) => {
    for (let step = 0; step < 24; step++) {
      pass(100);
      progress.add(10e6);
    }
    progress.next("measuring 5 rows");
    progress.end();
  });
  expect(text.replaceAll("\r\x1b[K", "|")).toBe(
    "|read 200 MB of 400 MB (50 %)|read 220 MB of 400 MB (55 %)|read 240 MB of 400 MB (60 %)|measuring 5 rows|",
  );
});

test("a log has a line every ten seconds, the first after two", () => {
  const text = shownBy(false, undefined, (progress, pass) => {
    for (let step = 0; step < 25; step++) {
      pass(1000);
      progress.add(2e9);
    }
    progress.end();
  });
  expect(text).toBe("read 4,000 MB\nread 24,000 MB\nread 44,000 MB\n");
});

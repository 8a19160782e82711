// How tools say, in front of what they give back, that a command failed: Claude Code's and Codex's, Codex's that go on running, Cline's,
// mini-swe-agent's. What stands further in is a file, or what a program printed, and says nothing.
import { skipSpace } from "./json";
import { behind, textStart } from "./text";

/** So far in Codex's line is looked for. */
const FRONT_BYTES: usize = 256;
const NEWLINE: u8 = 0x0a;
const SPACE: u8 = 0x20;
const MINUS: u8 = 0x2d;
const COLON: u8 = 0x3a;

/** Of the text that was read last, from `start` (the end of the text before it) to `end`. */
export function saysFailed(start: usize, end: usize): bool {
  if (start == end) return false;
  const p = start == textStart() ? start : start + 1; // behind the joining space
  switch (load<u8>(p)) {
    case 0x45: return isCode(oneSpace(colon(behind(p, end, "Exit code"))), end);
    case 0x43: {
      if (behind(p, end, "Chunk ID: ") != 0) return isExitedOtherwise(p, end);
      if (behind(p, end, "Command: ") != 0) return isExitedOtherwise(p, end);
      return isCode(behind(p, end, "Command failed with exit code "), end);
    }
    case 0x57: return behind(p, end, "Wall time: ") != 0 && isExitedOtherwise(p, end);
    case 0x54: return behind(p, end, "The tool execution failed with the following error:") != 0;
    case 0x3c: return behind(p, end, "<tool_use_error>") != 0 || isCode(behind(p, end, "<returncode>"), end);
    case 0x7b: return isCodeMember(p + 1, end);
    default: return false;
  }
}

function colon(p: usize): usize {
  return p != 0 && load<u8>(p) == COLON ? p + 1 : p;
}

function oneSpace(p: usize): usize {
  return p != 0 && load<u8>(p) == SPACE ? p + 1 : 0;
}

/** A number but 0. */
function isCode(p: usize, end: usize): bool {
  if (p == 0) return false;
  if (load<u8>(p) == MINUS) p++;
  return p < end && (load<u8>(p) as u32) - 0x31 < 9;
}

/** The first line in front that begins so tells. */
function isExitedOtherwise(p: usize, end: usize): bool {
  end = min(end, p + FRONT_BYTES);
  for (; p < end; p += 16) {
    for (let lines = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(NEWLINE))); lines != 0; lines &= lines - 1) {
      const told = behind(p + (ctz(lines) as usize) + 1, end, "Process exited with code ");
      if (told != 0) return isCode(told, end);
    }
  }
  return false;
}

/** The first member, behind the brace. */
function isCodeMember(p: usize, end: usize): bool {
  p = skipSpace(p);
  let name = behind(p, end, '"exit_code"');
  if (name == 0) name = behind(p, end, '"exitCode"');
  if (name == 0) name = behind(p, end, '"returncode"');
  return name != 0 && load<u8>(name) == COLON && isCode(skipSpace(name + 1), end);
}

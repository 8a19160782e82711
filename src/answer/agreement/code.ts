// The code of an answer as tokens: how it is laid out and what its comments say does not tell, all else does.

const BLOCK = /```([^\n]*)\n([\s\S]*?)(?:\n```|$)/g;
const STRING = String.raw`"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'`;
const OTHER = String.raw`[\p{L}\p{N}_$.]+|[^\s]`; // words, numbers, and every other character

/** By how comments begin. Of a language that is not known, or not told, they are taken for code. */
const TOKENS = {
  slashes: tokens(String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`),
  hash: tokens("#[^\\n]*"),
  unknown: tokens("(?!)"),
};
const SLASHES = languages("c cc cpp c++ cs csharp java js javascript jsx ts typescript tsx go rust rs swift kotlin scala dart php");
const HASH = languages("py python sh bash shell zsh rb ruby perl r yaml yml toml");
const INDENTED = languages("py python yaml yml");

function tokens(comment: string): RegExp {
  return new RegExp(`${STRING}|(?<comment>${comment})|${OTHER}`, "gu");
}

function languages(names: string): ReadonlySet<string> {
  return new Set(names.split(" "));
}

/** Undefined: there is none between fences. */
export function codeIn(text: string): readonly string[] | undefined {
  const blocks = [...text.matchAll(BLOCK)];
  return blocks.length === 0 ? undefined : blocks.flatMap(([, info = "", code = ""]) => tokensOf(code, info.trim().toLowerCase()));
}

function tokensOf(code: string, language: string): readonly string[] {
  const pattern = TOKENS[SLASHES.has(language) ? "slashes" : HASH.has(language) ? "hash" : "unknown"];
  return INDENTED.has(language) ? indented(code, pattern) : plain(code, pattern);
}

function plain(code: string, pattern: RegExp): readonly string[] {
  return [...code.matchAll(pattern)].filter((token) => token.groups?.["comment"] === undefined).map(([token]) => token);
}

/** Where the indent tells, too: how deep a line stands, whatever the width of a step. */
function indented(code: string, pattern: RegExp): readonly string[] {
  const open = [0];
  return code.split("\n").flatMap((line) => {
    const found = plain(line, pattern);
    if (found.length === 0) return [];
    const indent = line.search(/\S/);
    while (indent < (open.at(-1) ?? 0)) open.pop();
    if (indent > (open.at(-1) ?? 0)) open.push(indent);
    return [`line ${open.length}`, ...found];
  });
}

// The fenced blocks of code in an answer. Pure.

export interface CodeBlock {
  readonly language: string; // as written behind the fence, in lower case; empty where nothing is
  readonly code: string;
}

const BLOCK = /^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#-]*)[^\n]*\n(.*?)(?:^[ \t]*\1[`~]*[ \t]*$|(?![\s\S]))/gms;

export function codeBlocks(text: string): readonly CodeBlock[] {
  return [...text.matchAll(BLOCK)].map(([, , language = "", code = ""]) => ({ language: language.toLowerCase(), code }));
}

// What the keys come to that a file leaves out, for `sluice check`: a value where one can be written, else a note.

/** For a key that no value would say the same of. */
export class Note {
  readonly text: string; // one line

  constructor(text: string) {
    this.text = text;
  }
}

export function note(text: string): Note {
  return new Note(text);
}

/** Every key of a map, given or filled in: one that may be missing does not compile. */
export type Effective<File> = File extends readonly (infer Entry)[]
  ? readonly Effective<Entry>[]
  : File extends object
    ? { readonly [Key in keyof File]-?: unknown }
    : unknown;

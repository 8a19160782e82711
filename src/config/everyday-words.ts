// Everyday English words in which shorter ones stand that mean something else, for warnings about keywords: `design` is in designated.
// Chosen by hand, for the keywords that people look for. Forms of a word itself are not among them.

const WORDS = `
  designated designation complexion immigration emigration about above academy acceptable accommodate account accurate achieve address
  aftermath again already although always among animal another answer apart application approve article asset assign assist assortment
  assume asterisk asymmetric attention author authority available average baby because before begun behind between billion biography
  biological birthday blink block book both bottle bottom bread brisk broke brunch budget build business calendar campaign candidate
  cannot capital career cargo carry catalog category centimeter certain change character charge charity cheap child chronological circle
  city class classic claw clock command comment communicate component computer concert confuse conserve consider constraint consume
  contain content contest context contract controversial costume country county couple credit curl customer daddy decide demand depend
  description deserve dialog different discount dispute document domain donkey economy editor education email empathy escape estimate
  exact expedite explanation eyes factor feedback finally fixture flaw focused folder forget former friend fruit fundamental gadget
  gender generate geography geometric german ghost gold goodbye google graphics greatest group guide haystack history hourly house human
  idea illegal image impact important improve indicate information input interest interview into invoice island issue joke journalist
  keyboard know ladder language latest lawn listen livestock locate login machine main maintain manage mandate manual many maybe
  meditate message mislead misplace monday money monkey movement multimedia museum mystery name network newspaper notable note number
  observe observer often opportunity other output package page paint paragraph parole party password pathetic performance person
  petroleum phone photograph pilgrimage plane planet plant platform plead point police portion position potential prefix price print
  problem profile project protest provide province psychological quick rapid reagent realistic really reason recipe recommend refund
  remove renew report reputation require reserve reset resort restrain review robot romance said sandbox script semester sentiment
  separate settlement shack ship shoestring showcase signal significant skill small soldier solution someone sometimes source spain
  spanish special specialist specific spend spread stable start state status steam stocking stone story strain strategy street stringent
  suffix suit suitable suitcase summer sunset support sword symmetric sympathy syntax system target taxi technological technology terror
  testimony textile texture therapist these they thing think this thread threshold today together token treason trunk turkey uncertain
  update usually vegetable vendor video wait water waterproof week which widget window woman work written
`
  .trim()
  .split(/\s+/);

/** What stays the same word: `designs`, `designing`. */
const ENDING = /^(?:s|es|d|ed|ing|r|rs|er|ers|ly)$/;

/** An everyday word that a keyword stands in without meaning it. Undefined: none is known, or the keyword is no English word. */
export function everydayWordWith(keyword: string): string | undefined {
  if (!/^[a-z]{2,}$/.test(keyword)) return undefined;
  return WORDS.find(
    (word) => word !== keyword && word.includes(keyword) && !(word.startsWith(keyword) && ENDING.test(word.slice(keyword.length))),
  );
}

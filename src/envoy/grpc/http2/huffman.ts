// HPACK's Huffman code (RFC 7541, appendix B), read four bits at a time.
import { byteAt, ConnectionError, ERROR_CODE } from "./frames.ts";

/** The code is canonical, so the lengths of its words define it: a character for each symbol (0 to 255, then EOS), 60 above the bits. */
const WORD_LENGTHS =
  "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHFIBCCCCCCCCCCCCCCCCCCCCCCDC" +
  "DIOIJBKABABABBBACCBBBABCBAABCCCCCKGJIXPRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRTQRSSQQRQ" +
  "SRSSPRRRSRRSVVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWVZ";
const LENGTH_BASE = 60;
const EOS = 256;
const LONGEST_PADDING_BITS = 7;
const NIBBLES = 16;

/** A node of the code's tree: for each bit another node's number, or a symbol as -1 - symbol. */
type Node = [zero: number, one: number];
const UNSET = Number.NaN;

function buildTree(): Node[] {
  const nodes: Node[] = [[UNSET, UNSET]];
  const lengths = Array.from(WORD_LENGTHS, (char) => char.charCodeAt(0) - LENGTH_BASE);
  const symbols = lengths.map((_, symbol) => symbol).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  let word = 0;
  let previous = 0;
  for (const symbol of symbols) {
    const length = lengths[symbol] ?? 0;
    word *= 2 ** (length - previous);
    previous = length;
    place(nodes, word, length, symbol);
    word++;
  }
  return nodes;
}

function place(nodes: Node[], word: number, length: number, symbol: number): void {
  let node = nodes[0] as Node;
  for (let bit = length - 1; bit > 0; bit--) {
    const side = (word >>> bit) & 1;
    if (Number.isNaN(node[side])) node[side] = nodes.push([UNSET, UNSET]) - 1;
    node = nodes[node[side] as number] as Node;
  }
  node[word & 1] = -1 - symbol;
}

const tree = buildTree();
const INVALID = -1;
const NO_SYMBOL = -1;
/** For each node and four bits: the node they lead to, and the symbol completed on the way (never two: the shortest word has five bits). */
const next = new Int16Array(tree.length * NIBBLES);
const symbolOf = new Int16Array(tree.length * NIBBLES).fill(NO_SYMBOL);
/** The nodes a string may end in: the root, or up to seven one bits behind it (the beginning of EOS). */
const mayEnd = new Uint8Array(tree.length);

for (let node = 0; node < tree.length; node++) {
  for (let nibble = 0; nibble < NIBBLES; nibble++) fillTransition(node, nibble);
}
for (let node = 0, bits = 0; bits <= LONGEST_PADDING_BITS; bits++) {
  mayEnd[node] = 1;
  node = tree[node]?.[1] ?? 0;
}

function fillTransition(from: number, nibble: number): void {
  const at = from * NIBBLES + nibble;
  let node = from;
  for (let bit = 3; bit >= 0; bit--) {
    const to = (tree[node] as Node)[((nibble >> bit) & 1) as 0 | 1];
    if (to === -1 - EOS) {
      next[at] = INVALID; // EOS inside a string is an error
      return;
    }
    if (to < 0) symbolOf[at] = -1 - to;
    node = Math.max(to, 0);
  }
  next[at] = node;
}

const SHORTEST_WORD_BITS = 5;

/** Latin-1 text of bytes[start, end). */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.allocUnsafe(Math.ceil(((end - start) * 8) / SHORTEST_WORD_BITS));
  let node = 0;
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = byteAt(bytes, at);
    for (let shift = 4; shift >= 0; shift -= 4) {
      const transition = node * NIBBLES + ((byte >> shift) & 15);
      const symbol = symbolOf[transition] ?? NO_SYMBOL;
      if (symbol !== NO_SYMBOL) text[length++] = symbol;
      node = next[transition] ?? INVALID;
      if (node === INVALID) throw new ConnectionError(ERROR_CODE.compression, "EOS in a Huffman string");
    }
  }
  if (mayEnd[node] !== 1) throw new ConnectionError(ERROR_CODE.compression, "Huffman padding");
  return text.toString("latin1", 0, length);
}

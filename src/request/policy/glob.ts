// Patterns in which `*` stands for any characters, none included; everything else for itself. Linear, whatever the pattern.

/** Whether the pattern fits all of a text. */
export type GlobTest = (text: string) => boolean;

export function globTest(pattern: string): GlobTest {
  const [front = "", ...rest] = pattern.split("*");
  const back = rest.pop();
  if (back === undefined) return (text) => text === front;
  const shortest = front.length + back.length;
  return (text) => {
    if (text.length < shortest || !text.startsWith(front) || !text.endsWith(back)) return false;
    // Taking each piece at its first place is enough: it leaves the most for the next.
    let at = front.length;
    const end = text.length - back.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

/** True: whatever fits `narrow` fits `wide`. A star in `narrow` can only be taken up by a star in `wide`. */
export function globCovers(wide: string, narrow: string): boolean {
  return globTest(wide)(narrow);
}

/** True: no text fits both. False: one may. */
export function globsDisjoint(a: string, b: string): boolean {
  if (!a.includes("*")) return !globTest(b)(a);
  if (!b.includes("*")) return !globTest(a)(b);
  const [frontA, backA] = ends(a);
  const [frontB, backB] = ends(b);
  const frontsAgree = frontA.startsWith(frontB) || frontB.startsWith(frontA);
  const backsAgree = backA.endsWith(backB) || backB.endsWith(backA);
  return !frontsAgree || !backsAgree;
}

function ends(pattern: string): [front: string, back: string] {
  return [pattern.slice(0, pattern.indexOf("*")), pattern.slice(pattern.lastIndexOf("*") + 1)];
}

// Which of many requests are let through to see how things are: one of every so many, at a place drawn anew each time, so that no rhythm
// of the requests keeps falling on it or beside it.

export interface ProbeDraw {
  /** Whether this one is let through. Of any `every` requests in a row from the start, one is. */
  isDrawn(): boolean;
  restart(): void;
}

/** `random`: 0 to under 1. */
export function probeDraw(every: number, random: () => number): ProbeDraw {
  let asked = 0;
  let place = 0;
  return {
    isDrawn() {
      if (asked === 0) place = Math.floor(random() * every);
      const isDrawn = asked === place;
      asked = asked + 1 === every ? 0 : asked + 1;
      return isDrawn;
    },
    restart() {
      asked = 0;
    },
  };
}

// Work that takes long waits for a turn of the event loop of its own, so that no request waits for several of others behind each other.

export interface Turns {
  /** Runs the work in a later turn, behind all that waits already. It must not throw. */
  wait(work: () => void): void;
}

/** `nextTurn`: of the event loop, when what has arrived meanwhile was read. */
export function turns(nextTurn: (act: () => void) => void = setImmediate): Turns {
  const waiting: (() => void)[] = [];
  const takeOne = () => {
    const work = waiting.shift();
    if (waiting.length > 0) nextTurn(takeOne);
    work?.();
  };
  return {
    wait(work) {
      waiting.push(work);
      if (waiting.length === 1) nextTurn(takeOne);
    },
  };
}

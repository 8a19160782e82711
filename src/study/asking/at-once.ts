// Works through items as they come, so many at once: nothing is read ahead of what can be begun.

/**
 * `work` says whether to go on; after a false, or an error, nothing new is begun, what is under way ends, and the first error is thrown.
 */
export async function atOnce<Item>(items: AsyncIterable<Item>, most: number, work: (item: Item) => Promise<boolean>): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let goesOn = true;
  for await (const item of items) {
    if (!goesOn) break;
    const task: Promise<void> = work(item)
      .then(
        (more) => {
          goesOn &&= more;
        },
        (error: unknown) => {
          goesOn = false;
          failures.push(error);
        },
      )
      .finally(() => underWay.delete(task));
    underWay.add(task);
    if (underWay.size >= most) await Promise.race(underWay);
    if (!goesOn) break;
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
}

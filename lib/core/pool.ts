export interface PlaceHooks {
  /** The work waits for something outside: its place is free for other work until it is resumed. */
  parked(): void;
  /** The work goes on, at once: for a moment there may be one more at work than there are places. */
  resumed(): void;
}

export interface Pool<Item> {
  places: number;
  /** The next item to work on; undefined when there is none now. Asked again whenever a place comes free. */
  next(): Item | undefined;
  work(item: Item, hooks: PlaceHooks): Promise<void>;
}

/**
 * Works on items in `places` places at once until `next` has none and all work is done. Rejects with the first error
 * once everything that was started has ended; nothing new is started after an error.
 */
export async function runPool<Item>({ places, next, work }: Pool<Item>): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const errors: unknown[] = [];
  let busy = 0;
  const free = () => {
    busy--;
    fill();
  };
  const start = (item: Item) => {
    busy++;
    const task = work(item, { parked: free, resumed: () => busy++ })
      .catch((error: unknown) => void errors.push(error))
      .finally(() => {
        underWay.delete(task);
        free();
      });
    underWay.add(task);
  };
  const fill = () => {
    while (busy < places && errors.length === 0) {
      const item = next();
      if (item === undefined) return;
      start(item);
    }
  };
  fill();
  while (underWay.size > 0) await Promise.race(underWay);
  if (errors.length > 0) throw errors[0];
}

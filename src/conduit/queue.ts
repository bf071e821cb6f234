/** A queue for each experiment; they take turns, so that one with many samples does not keep the others waiting. */
export class TurnQueue<T> {
  readonly #lists: { items: T[]; at: number }[];
  #turn = 0;
  /** Items in all of them. */
  length = 0;

  constructor(lists: number) {
    this.#lists = Array.from({ length: lists }, () => ({ items: [], at: 0 }));
  }

  push(list: number, item: T): void {
    this.#lists[list]!.items.push(item);
    this.length++;
  }

  /** The first item of the experiment whose turn it is. */
  shift(): T | undefined {
    for (let tried = 0; tried < this.#lists.length; tried++) {
      const list = this.#lists[this.#turn]!;
      this.#turn = (this.#turn + 1) % this.#lists.length;
      if (list.at === list.items.length) continue;
      const item = list.items[list.at++]!;
      if (list.at === list.items.length) {
        list.items = [];
        list.at = 0;
      }
      this.length--;
      return item;
    }
    return undefined;
  }
}

/** First in, first out; what is withdrawn stays in it until its turn comes. */
export class Queue<T> {
  #items: T[] = [];
  #first = 0;
  /** Put back, the last one first. */
  readonly #again: T[] = [];

  peek(): T | undefined {
    return this.#again.at(-1) ?? this.#items[this.#first];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** To be taken next. */
  putBack(item: T): void {
    this.#again.push(item);
  }

  shift(): void {
    if (this.#again.pop() !== undefined) return;
    this.#first++;
    if (this.#first < 1024 || 2 * this.#first < this.#items.length) return;
    this.#items = this.#items.slice(this.#first);
    this.#first = 0;
  }
}

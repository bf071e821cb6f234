import type { Fabric, Operation } from '../fabric/fabric.ts';
import { Patience } from '../internal/index.ts';

/** Twice what one who naps takes to answer: less, and looking could never prove better. */
const LOOK_MS = 0.2;

/** Where nothing else is to be done, a turn blocks for a part of the time waited so far: little is lost when something comes of which the fabric does not know. */
const NAP = { part: 1 / 32, shortest: 0.02, longest: 10 };

/**
 * For so many milliseconds a wait keeps the event loop alive. When a loop has nothing left, Node waits for V8's background tasks; the compiler
 * may wait for a garbage collection, which nobody does then (nodejs/node#54918). After such a time the code has been compiled.
 */
const HOLD_MS = 1000;

/**
 * How awaited requests complete without blocking the event loop or burning it. First each turn of the loop looks (about 1 µs a turn), for a
 * moment only and only where that pays: whoever looks for longer may hold the core on which the answer is to be made. Then the thread naps
 * between turns if nothing else goes on in it; otherwise the fabric says when to look again. What Node does not list, such as the work of native
 * add-ons, shows in the end: a loop that has really nothing else to do sends 'beforeExit', and the thread may as well block.
 */
class Driver {
  readonly #fabric: Fabric;
  readonly #pending = new Set<Operation>();
  readonly #patience = new Patience(LOOK_MS);
  #looking = false;
  #listening = false;
  #hold: NodeJS.Timeout | undefined;

  constructor(fabric: Fabric) {
    this.#fabric = fabric;
    process.on('beforeExit', () => this.#block());
  }

  /** Resolves when the operation is done. */
  done(operation: Operation): Promise<void> {
    return new Promise((resolve) => {
      const before = operation.onDone;
      operation.onDone = () => {
        before?.();
        this.#pending.delete(operation);
        if (this.#pending.size === 0) clearTimeout(this.#hold);
        this.#patience.rewarded(performance.now());
        resolve();
      };
      this.#pending.add(operation);
      this.#patience.begin(performance.now());
      this.#look();
    });
  }

  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#looking = false;
    if (this.#pending.size === 0) return;
    this.#fabric.progress();
    if (this.#pending.size === 0) return;
    const now = performance.now();
    if (this.#patience.lasts(now)) return this.#look();
    const waited = this.#patience.waited(now);
    if (waited > HOLD_MS || process.getActiveResourcesInfo().length > 0) return this.#listen(waited);
    this.#fabric.nap(Math.min(Math.max(NAP.part * waited, NAP.shortest), NAP.longest));
    this.#look();
  };

  #listen(waited: number): void {
    if (this.#listening) return;
    this.#listening = true;
    if (waited < HOLD_MS) this.#hold = setTimeout(() => undefined, HOLD_MS - waited);
    void this.#fabric.activity(waited).then(() => {
      clearTimeout(this.#hold);
      this.#listening = false;
      this.#turn();
    });
  }

  #block(): void {
    if (this.#pending.size === 0) return;
    this.#fabric.park([...this.#pending]);
    // Node ends when a round of the loop leaves nothing to do; what the awaited value led to is not among that yet.
    this.#look();
  }
}

const drivers = new WeakMap<Fabric, Driver>();

/** Resolves when the operation is done, whether it failed or not. */
export function whenDone(fabric: Fabric, operation: Operation): Promise<void> {
  let driver = drivers.get(fabric);
  if (driver === undefined) drivers.set(fabric, (driver = new Driver(fabric)));
  return driver.done(operation);
}

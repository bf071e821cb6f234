import type { Fabric, Operation } from '../fabric/fabric.ts';
import { Patience } from './patience.ts';

/** Twice what one who naps takes to answer: less, and looking could never prove better. */
const LOOK_MS = 0.2;

/**
 * How awaited requests complete without blocking the event loop or burning it. First each turn of the loop looks (about 1 µs a turn), for a
 * moment only and only where that pays: whoever looks for longer may hold the core on which the answer is to be made. Then the fabric says
 * when to look again. Neither keeps the loop alive: when it has nothing else to do, 'beforeExit' comes, and the thread may as well block.
 */
class Driver {
  readonly #fabric: Fabric;
  readonly #pending = new Set<Operation>();
  readonly #patience = new Patience(LOOK_MS);
  #looking = false;
  #listening = false;

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
    if (this.#patience.lasts(performance.now())) this.#look();
    else this.#listen();
  };

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    void this.#fabric.activity().then(() => {
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

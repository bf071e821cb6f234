import { Persistent } from './persistent.ts';

/**
 * A group of ranks that can talk, in a context of their own (MPI 4.1 §7). Lowercase calls carry any value, Uppercase calls typed arrays.
 * Get the first one from `world()`.
 */
export class Communicator extends Persistent {
  /**
   * Collective: one new communicator for each color, ranks ordered by key, then by rank here (§7.4.2). A null color (MPI_UNDEFINED)
   * gets none and returns null.
   */
  split(color: number | null, key: number = this.rank): Communicator | null {
    const carrier = this.enter('split');
    if (color !== null && (!Number.isSafeInteger(color) || color < 0 || color >= 2 ** 31)) {
      throw this.refuse(
        'ERR_ARG',
        `${color} is no color: colors are whole numbers from 0 to 2147483647, or null`,
      );
    }
    if (!Number.isInteger(key) || Math.abs(key) >= 2 ** 31) {
      throw this.refuse('ERR_ARG', `${key} is no key: keys are 32-bit whole numbers`);
    }
    const part = carrier.split(color, key);
    return part && new Communicator(part, `${this.name}/split(${color ?? ''})`);
  }

  /** Collective: the same ranks in a new context; messages of one never match receives of the other (§7.4.2). */
  dup(): Communicator {
    return new Communicator(this.enter('dup').dup(), `${this.name}/dup`);
  }

  /** Collective: gives the communicator back. Later calls throw ERR_COMM; 'world' and 'self' cannot be freed (§7.4.3). */
  free(): void {
    const carrier = this.enter('free');
    if (carrier === carrier.fabric.world || carrier === carrier.fabric.self) {
      throw this.refuse('ERR_COMM', `'${this.name}' cannot be freed`);
    }
    carrier.free();
    this.markFreed();
  }

  /** Ends every rank of the job with this exit code (§9.5). */
  abort(code = 1): never {
    const { fabric } = this.enter('abort');
    process.stderr.write(`flotilla: rank ${fabric.world.rank} has called abort(${code}): the job ends\n`);
    return fabric.abort(code);
  }
}

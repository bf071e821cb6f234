import { IN_PLACE, MAX } from '../../comm/index.ts';
import type { EighOptions } from '../options.ts';
import type { PetscHandle } from './binding.ts';
import type { Matrix } from './matrix.ts';
import type { Session } from './session.ts';

/** What an eigensolver of SLEPc has brought. */
export interface Solved {
  /** Eigenvalues with this rank's part of their vectors, in SLEPc's order. */
  readonly pairs: readonly {
    readonly value: number;
    readonly imaginary: number;
    readonly vector: Float64Array;
    /** Of the vectors of a real matrix that is not symmetric. */
    readonly imaginaryVector: Float64Array | undefined;
  }[];
  readonly restarts: number;
}

/** An eigensolver of SLEPc (EPS), used for several solves that share a factorization. */
export class Eps {
  readonly #session: Session;
  readonly #matrix: Matrix;
  readonly #hint: (said: string) => string;
  readonly #hermitian: boolean;
  readonly #handle: PetscHandle;
  #ended: { readonly error: unknown } | undefined;

  /** Its options are set already; `hint` says what to add to a message of SLEPc's. */
  constructor(session: Session, matrix: Matrix, hint: (said: string) => string, hermitian = true) {
    this.#session = session;
    this.#matrix = matrix;
    this.#hint = hint;
    this.#hermitian = hermitian;
    this.#handle = this.#run(() =>
      session.keep(session.binding.epsCreate(matrix.handle, session.prefix, hermitian)),
    );
  }

  /** Factorizes what it must, and hears of the user's wish to end. */
  setUp({ signal, onProgress }: Pick<EighOptions, 'signal' | 'onProgress'>): void {
    const { binding } = this.#session;
    const some = new Int32Array(1);
    this.#run(() => {
      if (signal !== undefined || onProgress !== undefined)
        binding.epsWatch(this.#handle, () => this.#watch(signal, onProgress, some));
    });
    this.#run(() => {
      binding.epsSetUp(this.#handle);
      this.#session.mustBeUsed();
    });
  }

  /**
   * Solves once.
   *
   * @param wanted how many values; 0 leaves that to the options.
   * @param basis its size; 0 leaves that to SLEPc.
   * @param known vectors in whose complement it looks.
   */
  solve(
    wanted: number,
    basis: number,
    start: Float64Array | undefined,
    known: readonly Float64Array[],
  ): Solved {
    const { binding } = this.#session;
    const { handle, space } = this.#matrix;
    return this.#run(() => {
      const [converged, , restarts] = binding.epsSolve(this.#handle, handle, wanted, basis, start, known);
      const count = wanted > 0 ? Math.min(converged, wanted) : converged;
      const twofold = !this.#hermitian && space.width === 1;
      const pairs = Array.from({ length: count }, (_, i) => {
        const vector = new Float64Array(space.doubles);
        const imaginaryVector = twofold ? new Float64Array(space.doubles) : undefined;
        const [value, imaginary] = binding.epsPair(this.#handle, handle, i, vector, imaginaryVector);
        return { value, imaginary, vector, imaginaryVector };
      });
      return { pairs, restarts };
    });
  }

  #run<T>(work: () => T): T {
    try {
      return this.#session.run(work, this.#hint);
    } catch (error) {
      // What a product or a signal has thrown, on all ranks, is why SLEPc failed.
      const ended = this.#ended ?? this.#matrix.ended();
      throw ended === undefined ? error : ended.error;
    }
  }

  #watch(signal: AbortSignal | undefined, onProgress: EighOptions['onProgress'], some: Int32Array): boolean {
    try {
      onProgress?.(this.#matrix.products());
    } catch (error) {
      this.#ended ??= { error };
    }
    some[0] = this.#ended !== undefined || signal?.aborted ? 1 : 0;
    // All ranks have a signal or none; what is called with the progress is up to each.
    if (signal !== undefined) this.#session.comm.Allreduce(IN_PLACE, some, MAX);
    if (some[0] === 0) return true;
    const { operation } = this.#session;
    this.#ended ??= {
      error: signal?.aborted
        ? signal.reason
        : new DOMException(`${operation} was aborted on another rank`, 'AbortError'),
    };
    return false;
  }
}

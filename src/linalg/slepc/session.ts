import type { Communicator } from '../../comm/index.ts';
import { together } from '../agree.ts';
import { LinalgError } from '../error.ts';
import type { Scalar } from '../scalar.ts';
import type { PetscHandle, SlepcBinding } from './binding.ts';
import { slepcOf, type Slepc } from './library.ts';

/** Names of options of PETSc and their values; that of a flag is ''. */
export type PetscOptions = Readonly<Record<string, string>>;

let sessions = 0;
/** Options that are looked at only when a solve has ended. */
const LATE = /(^|_)(view|error|monitor)/;

/** One solve by SLEPc: its objects and options, which go when it ends. */
export class Session {
  readonly binding: SlepcBinding;
  readonly installation: Slepc['installation'];
  /** Of the names of its options. */
  readonly prefix: string = `flotilla${++sessions}_`;
  readonly handle: number;
  readonly #objects: PetscHandle[] = [];
  readonly #options: string[] = [];
  #user: readonly string[] = [];

  constructor(
    readonly comm: Communicator,
    readonly operation: string,
    scalar: Scalar,
  ) {
    const { binding, installation } = slepcOf(comm, scalar);
    this.binding = binding;
    this.installation = installation;
    this.handle = comm.fortranHandle()!;
  }

  /**
   * Collective: calls of PETSc's; what fails on some rank is thrown on all.
   *
   * @param hint what to say beside PETSc's own words.
   * @throws LinalgError ERR_SOLVER with PETSc's message.
   */
  run<T>(work: () => T, hint: (said: string) => string = () => ''): T {
    return together(this.comm, this.operation, () => {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof Error) || !('petsc' in error)) throw error;
        // PETSc's own words; the functions that they came through stay in the cause.
        const said = error.message.split('\n    at ')[0]!;
        throw new LinalgError('ERR_SOLVER', `${this.operation}: SLEPc: ${said}${hint(said)}`, {
          operation: this.operation,
          rank: this.comm.rank,
          cause: error,
        });
      }
    });
  }

  /** Destroys an object when the solve ends. */
  keep(object: PetscHandle): PetscHandle {
    this.#objects.push(object);
    return object;
  }

  /** Sets options of this solve; those of the user come last, with or without a dash. */
  set(options: PetscOptions, user: PetscOptions = {}): void {
    const named = Object.entries(user).map(([name, value]) => [name.replace(/^-/, ''), value] as const);
    this.#user = named.map(([name]) => name);
    for (const [name, value] of [...Object.entries(options), ...named]) {
      const full = `-${this.prefix}${name}`;
      this.#options.push(full);
      this.binding.setOption(full, value);
    }
  }

  /**
   * Refuses options of the user's that nobody has looked at, once the solvers are set up.
   *
   * @throws LinalgError ERR_OPTION.
   */
  mustBeUsed(): void {
    for (const name of this.#user) {
      if (LATE.test(name) || this.binding.optionUsed(`-${this.prefix}${name}`)) continue;
      throw new LinalgError('ERR_OPTION', `petsc: the solver does not know the option '${name}'`, {
        operation: this.operation,
      });
    }
  }

  /** Whether the user has set an option of this name. */
  has(name: string): boolean {
    return this.#user.includes(name);
  }

  /** Collective: ends the solve. Objects of a solver that has failed raise errors once more, which say nothing. */
  close(): void {
    for (const object of this.#objects.reverse()) {
      try {
        this.binding.destroy(object);
      } catch {
        // As said above.
      }
    }
    for (const name of this.#options) this.binding.clearOption(name);
  }
}

/**
 * Refuses more rows than the integers of an installation count.
 *
 * @throws LinalgError ERR_RANGE, which names the build that can.
 */
export function mustCount(session: Session, n: number): void {
  if (session.installation.integerBits === 64 || n <= 2 ** 31 - 1) return;
  throw new LinalgError(
    'ERR_RANGE',
    `${n} rows: this SLEPc (${session.installation.folder}) counts to 2147483647. A build with 64-bit integers ` +
      `(Debian: libslepc64-real-dev), named by SLEPC_DIR and PETSC_DIR, or the krylov backend, takes more`,
  );
}

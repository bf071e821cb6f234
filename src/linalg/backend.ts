import { IN_PLACE, MAX, type Communicator } from '../comm/index.ts';
import { together } from './agree.ts';
import { LinalgError } from './error.ts';
import type { Operator } from './operator.ts';
import type { Backend } from './options.ts';
import { slepcAbsence } from './slepc/library.ts';

/** Kinds of problems, as far as the choice of a backend goes. */
export type Problem =
  /** Lowest, highest or largest eigenvalues of a Hermitian operator. */
  | 'extremal'
  /** Eigenvalues near a number or in an interval. */
  | 'inner'
  /** Eigenvalues of an operator that is not Hermitian. */
  | 'general'
  /** Singular values. */
  | 'singular'
  /** Functions of an operator on a vector. */
  | 'function'
  /** Evolution in time. */
  | 'evolution'
  /** Linear systems by iterations. */
  | 'iterative'
  /** Linear systems by factorization. */
  | 'direct';

/** Which backend solves what, and which one `auto` takes. */
interface Way {
  readonly krylov: boolean;
  readonly slepc: boolean;
  /** What `auto` takes where it can. */
  readonly first: Backend;
}

const WAYS: Readonly<Record<Problem, Way>> = {
  extremal: { krylov: true, slepc: true, first: 'krylov' },
  inner: { krylov: true, slepc: true, first: 'slepc' },
  general: { krylov: false, slepc: true, first: 'slepc' },
  singular: { krylov: true, slepc: true, first: 'krylov' },
  function: { krylov: true, slepc: true, first: 'krylov' },
  evolution: { krylov: true, slepc: false, first: 'krylov' },
  iterative: { krylov: true, slepc: true, first: 'krylov' },
  direct: { krylov: false, slepc: true, first: 'slepc' },
};

/** The options of a call that concern its backend. */
export interface BackendOptions {
  /** Default auto. */
  readonly backend?: 'auto' | Backend | undefined;
  /**
   * Options of PETSc for the solve by SLEPc, as `{ eps_ncv: '40' }`; the value of a flag is ''.
   * They come after ours, with a prefix of the solve.
   */
  readonly petsc?: Readonly<Record<string, string>> | undefined;
}

/**
 * Collective: the backend that solves a problem, decided on all ranks together before any other
 * communication of the solve. `auto` takes SLEPc where it is first choice, this MPI has it and the
 * operator has rows, else ours; what the chosen one fails at later is thrown.
 *
 * @param options as the caller gave them; agreed upon already (`mustAgree`).
 * @throws LinalgError ERR_BACKEND, on every rank, for a backend that does not solve the problem or
 *     is not there; ERR_OPTION for options of PETSc's where krylov solves.
 */
export function chooseBackend(
  comm: Communicator,
  operation: string,
  problem: Problem,
  operator: Operator,
  { backend: wanted = 'auto', petsc }: BackendOptions,
): Backend {
  const chosen = choose(comm, operation, problem, operator, wanted);
  if (chosen === 'krylov' && petsc !== undefined)
    throw new LinalgError(
      'ERR_OPTION',
      "petsc has options of SLEPc's, and krylov solves this: give backend: 'slepc'",
    );
  return chosen;
}

function choose(
  comm: Communicator,
  operation: string,
  problem: Problem,
  operator: Operator,
  wanted: 'auto' | Backend,
): Backend {
  const way = WAYS[problem];
  if (wanted !== 'auto' && !way[wanted])
    throw new LinalgError('ERR_BACKEND', `the ${wanted} backend has no solver for ${operation} of this kind`);
  const first = wanted === 'auto' ? way.first : wanted;
  if (first === 'krylov') return 'krylov';
  if (wanted === 'auto' && way.krylov) {
    const some = Int32Array.of(operator.hasRows && slepcAbsence(comm, operator.scalar) === undefined ? 0 : 1);
    comm.Allreduce(IN_PLACE, some, MAX);
    return some[0] === 0 ? 'slepc' : 'krylov';
  }
  together(comm, operation, () => {
    const absence = slepcAbsence(comm, operator.scalar);
    if (absence !== undefined) throw new LinalgError('ERR_BACKEND', absence);
  });
  return 'slepc';
}

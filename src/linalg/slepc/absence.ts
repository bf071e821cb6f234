import type { Communicator } from '../../comm/index.ts';
import type { Scalar } from '../scalar.ts';

/** Why this rank cannot use SLEPc, in words for the user; undefined where it can. */
export const slepcAbsence: (comm: Communicator, scalar: Scalar) => string | undefined = () =>
  'the slepc backend is not part of this version: use krylov or auto';

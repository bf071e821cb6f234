import { LinalgError } from '../error.ts';
import type { PetscOptions, Session } from './session.ts';

/**
 * How rows are factorized, shifted or not: MUMPS knows distributed ones; PETSc itself those of one
 * rank.
 *
 * @throws LinalgError ERR_BACKEND on several ranks without MUMPS.
 */
export function factorization(
  session: Session,
  symmetric: boolean,
): { readonly name: string; readonly options: PetscOptions } {
  const { mumps, folder } = session.installation;
  if (!mumps && session.comm.size > 1)
    throw new LinalgError(
      'ERR_BACKEND',
      `a factorization on several ranks needs MUMPS, and the PETSc of ${folder} was built without`,
    );
  const method = symmetric ? 'cholesky' : 'lu';
  const solver = mumps ? 'mumps' : 'petsc';
  return {
    name: `${method} of ${solver}`,
    options: {
      st_type: 'sinvert',
      st_ksp_type: 'preonly',
      st_pc_type: method,
      st_pc_factor_mat_solver_type: solver,
    },
  };
}

/** Whether PETSc's words are those for a matrix without an inverse. */
export const isSingular = (said: string): boolean => /INFOG?\(1\)=-10|zero pivot|singular/i.test(said);

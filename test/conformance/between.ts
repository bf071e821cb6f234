/** The intercommunicators of MPICH's suite, and its two ways to call a collective. */
import { PROC_NULL, ROOT, type Communicator, type Intercommunicator, type Request } from 'flotilla';
import { powers } from './cases.ts';

type Body = (inter: Intercommunicator, left: boolean, comm: Communicator) => void;

/** The intercommunicators that the suite goes through: the lower and the upper half, rank 0 and the rest, the last rank and the rest. */
export const between =
  (body: Body): ((comm: Communicator) => void) =>
  (comm) => {
    for (const border of new Set([comm.size >> 1, 1, comm.size - 1])) {
      const left = comm.rank < border;
      const group = comm.split(left ? 0 : 1)!;
      const inter = group.createIntercomm(0, comm, left ? border : 0, 12);
      body(inter, left, comm);
      inter.free();
      group.free();
    }
  };

/** What a rank of the left group gives where rank 0 of it is the root. */
export const rooted = (inter: Intercommunicator, left: boolean): number =>
  !left ? 0 : inter.rank === 0 ? ROOT : PROC_NULL;
export const counts: readonly number[] = powers(65_000, 16);

/** Makes a call in one of two ways. */
export type Go = (blocking: () => void, begin: () => Request<void>) => void;

/** Blocking, and as the suite's argument -nonblocking asks. */
export const eitherWay =
  (body: (inter: Intercommunicator, left: boolean, go: Go) => void): Body =>
  (inter, left) => {
    body(inter, left, (blocking) => blocking());
    body(inter, left, (_, begin) => begin().wait());
  };

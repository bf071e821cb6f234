/** Cases of MPICH's test suite, by their public names, as programs of ranks. Inputs and expected results are theirs; the code is not. */
import { self, world, type Communicator } from 'flotilla';

interface Case {
  readonly name: string;
  readonly least: number;
  readonly body: (comm: Communicator) => unknown;
}

const cases: Case[] = [];

/** A case for a world of at least so many ranks. */
export function conforms(name: string, body: (comm: Communicator) => unknown, least = 1): void {
  cases.push({ name, body, least });
}

/** Runs all cases but those named as arguments; prints the verdict of each, and ends the job at the first that fails. */
export async function run(): Promise<void> {
  const comm = world();
  const without = process.argv.slice(2);
  for (const { name, least, body } of cases) {
    if (without.includes(name)) continue;
    if (comm.size < least) {
      if (comm.rank === 0) console.log(`needs ${least} ranks: ${name}`);
      continue;
    }
    try {
      await body(comm);
    } catch (error) {
      console.log(`failed: ${name}`);
      process.stderr.write(`${name} on rank ${comm.rank} of ${comm.size}\n`);
      throw error;
    }
    comm.barrier();
    if (comm.rank === 0) console.log(`passed: ${name}`);
  }
  comm.barrier();
  if (comm.rank === 0) console.log('complete');
}

/** The communicators that the suite goes through: the world, a copy, the world in reverse, every second rank, each rank alone. */
export function everyKind(comm: Communicator, body: (comm: Communicator) => void): void {
  body(comm);
  const made = [comm.dup(), comm.split(0, comm.size - comm.rank)!, comm.split(comm.rank % 2)!];
  for (const each of made) body(each);
  for (const each of made) each.free();
  body(self());
}

/** 0 … n − 1. */
export const upTo = (n: number): number[] => [...Array(n).keys()];

/** 1, factor, factor², … below `most`. */
export function powers(most: number, factor = 2): number[] {
  const list = [];
  for (let count = 1; count < most; count *= factor) list.push(count);
  return list;
}

/** Int32Array of a function of the index. */
export const integers = (length: number, value: (i: number) => number): Int32Array =>
  Int32Array.from({ length }, (_, i) => value(i));

/** Float64Array of a function of the index. */
export const doubles = (length: number, value: (i: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, i) => value(i));

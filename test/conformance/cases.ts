/** Cases of MPICH's test suite, by their public names, as programs of ranks. Inputs and expected results are theirs; the code is not. */
import { libraryVersion, self, world, type Communicator } from 'flotilla';

interface Case {
  readonly name: string;
  readonly least: number;
  readonly body: (comm: Communicator) => unknown;
  readonly beyond: string | undefined;
}

const cases: Case[] = [];

/** A case for a world of at least so many ranks. `beyond` says what makes it impossible with the MPI library in use. */
export function conforms(
  name: string,
  body: (comm: Communicator) => unknown,
  least = 1,
  beyond?: string,
): void {
  cases.push({ name, body, least, beyond });
}

/** Runs all cases but those named as arguments; prints the verdict of each, and ends the job at the first that fails. */
export async function run(): Promise<void> {
  const comm = world();
  const without = process.argv.slice(2);
  const say = (line: string) => {
    if (comm.rank === 0) console.log(line);
  };
  say(
    `library: ${libraryVersion()
      .split(/[,\n]/)[0]!
      .replace(/[:\s]+/g, ' ')}`,
  );
  for (const { name, least, body, beyond } of cases) {
    if (beyond !== undefined) say(`beyond: ${name}: ${beyond}`);
    if (beyond !== undefined || without.includes(name)) continue;
    if (comm.size < least) {
      say(`needs ${least} ranks: ${name}`);
      continue;
    }
    say(`begins: ${name}`);
    try {
      await body(comm);
    } catch (error) {
      process.stderr.write(`${name} failed on rank ${comm.rank} of ${comm.size}\n`);
      throw error;
    }
    comm.barrier();
    say(`passed: ${name}`);
  }
  comm.barrier();
  say('complete');
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

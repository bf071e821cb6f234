/**
 * Values of collectives that are together, or by themselves, more than one array of bytes may hold. Only a few pages of the arrays to send are ever
 * written, so that they take no memory.
 */
import assert from 'node:assert/strict';
import { world } from 'flotilla';

const comm = world();
const { rank, size } = comm;
const MIB = 2 ** 20;

interface Sample {
  readonly from: number;
  readonly to: number;
  readonly data: Uint8Array;
}

const places = (length: number) => [0, 4095, Math.floor(length / 2), length - 1];

function sample(mib: number, to = -1): Sample {
  const data = new Uint8Array(mib * MIB);
  for (const place of places(data.length)) data[place] = 1 + rank + 10 * (to + 1);
  return { from: rank, to, data };
}

function check({ from, to, data }: Sample, mib: number, source: number, dest = -1): void {
  assert.deepEqual([from, to, data.length], [source, dest, mib * MIB]);
  for (const place of places(data.length)) assert.equal(data[place], 1 + source + 10 * (dest + 1));
  assert.equal(data[4097], mib * MIB > 4098 ? 0 : undefined);
}

/** Of 3 ranks together 4.2 GiB, more than an ArrayBuffer of Node.js 20 holds. */
const gathered = comm.gather(sample(1450));
if (rank === 0) gathered!.forEach((each, r) => check(each, 1450, r));
gathered?.splice(0);

/** More than 2^31 − 1 bytes together; the rest are short. */
const mib = (r: number) => (r === 1 ? 1 : 1100);
const list = rank === 0 ? Array.from({ length: size }, (_, r) => sample(mib(r), r)) : undefined;
check(comm.scatter(list), mib(rank), 0, rank);

comm.allgather(sample(mib(rank) >> 1 || 1)).forEach((each, r) => check(each, mib(r) >> 1 || 1, r));

/** Long ones both ways, one way and to oneself. */
const long = (from: number, to: number) =>
  from + to === 1 || (from === 2 && to === 0) || (from === 2 && to === 2);
const lengths = (from: number, to: number) => (long(from, to) ? 400 : 1);
comm
  .alltoall(Array.from({ length: size }, (_, to) => sample(lengths(rank, to), to)))
  .forEach((each, from) => check(each, lengths(from, rank), from, rank));

/** One value of 4.2 GiB, of which no array is; to one rank alone, for it is as much memory there. */
const pair = comm.split(rank < 2 ? 0 : 1)!;
if (rank < 2) {
  const parts = pair.bcast(rank === 0 ? [sample(2150), sample(2150)] : undefined);
  for (const part of parts) check(part, 2150, 0);
}
if (rank === 0) console.log('ok');

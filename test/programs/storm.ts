/** Random programs: sizes, tags, wildcards and ways of sending drawn from a seed that all ranks know; every payload is checked. */
import assert from 'node:assert/strict';
import { ANY_SOURCE, ANY_TAG, Status, SUM, waitAll, type Communicator, type Request } from 'flotilla';
import { mersenne } from 'pure-rand/generator/mersenne';
import { check, run } from '../harness/cases.ts';

const SEED = Number(process.argv[2] ?? 20261121);
const MESSAGES = 600;

interface Message {
  readonly number: number;
  readonly source: number;
  readonly dest: number;
  readonly tag: number;
  readonly bytes: number;
  readonly way: number;
}

const payload = ({ number, bytes }: Message) =>
  Uint8Array.from({ length: bytes }, (_, i) => (number * 13 + i * 7) & 255);

function plan(size: number): Message[] {
  const generator = mersenne(SEED);
  const below = (n: number) => (generator.next() >>> 0) % n;
  return Array.from({ length: MESSAGES }, (_, number) => {
    const scale = below(10);
    const bytes = scale === 0 ? below(200_000) : scale < 4 ? below(20_000) : below(300);
    return { number, source: below(size), dest: below(size), tag: below(3), bytes, way: below(4) };
  });
}

/** Values on even tags, memory on odd ones, so that a receiver knows which call to make. */
const isValue = (tag: number) => tag % 2 === 0;

function send(comm: Communicator, message: Message): Request<void> {
  const { dest, tag, way, number } = message;
  const bytes = payload(message);
  if (isValue(tag))
    return way === 0 ? comm.issend({ number, bytes }, dest, tag) : comm.isend({ number, bytes }, dest, tag);
  return way === 0 ? comm.Issend(bytes, dest, tag) : comm.Isend(bytes, dest, tag);
}

check(`storm with seed ${SEED}`, async (comm) => {
  const messages = plan(comm.size);
  const sends = messages.filter(({ source }) => source === comm.rank).map((message) => send(comm, message));
  const due = new Map<string, Message[]>();
  const mine = messages.filter(({ dest }) => dest === comm.rank);
  for (const message of mine) {
    const key = `${message.source}/${message.tag}`;
    due.set(key, [...(due.get(key) ?? []), message]);
  }
  const verify = (source: number, tag: number, bytes: Uint8Array, number?: number) => {
    const expected = due.get(`${source}/${tag}`)!.shift()!;
    if (number !== undefined) assert.equal(number, expected.number);
    assert.equal(Buffer.compare(bytes, payload(expected)), 0, `seed ${SEED}: message ${expected.number}`);
  };
  const status = new Status();
  const buffer = new Uint8Array(200_000);
  for (let i = 0; i < mine.length; i++) {
    const { source, tag } = i % 3 === 0 ? mine[i]! : { source: ANY_SOURCE, tag: ANY_TAG };
    const exact = i % 3 === 0 && due.get(`${source}/${tag}`)!.length > 0;
    const found = exact ? comm.probe(source, tag) : comm.probe();
    if (isValue(found.tag)) {
      const request = comm.irecv<{ number: number; bytes: Uint8Array }>(found.source, found.tag);
      const { number, bytes } = i % 2 === 0 ? await request : request.wait();
      verify(found.source, found.tag, bytes, number);
    } else {
      comm.Recv(buffer, found.source, found.tag, status);
      verify(status.source, status.tag, buffer.subarray(0, status.count()));
    }
  }
  waitAll(sends);
  assert.equal(comm.allreduce(mine.length, SUM), MESSAGES);
});

await run();

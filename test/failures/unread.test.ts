/** Messages that nobody received: told at the end on every fabric, with the line that sent them, and the exit code stays 0. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { launch, ROOT, type FabricName } from '../harness/launch.ts';

const PROGRAM = 'test/failures/programs/unread.ts';
const LINES = readFileSync(`${ROOT}${PROGRAM}`, 'utf8').split('\n');

/** Where the program says `at: NAME`. */
const at = (name: string): number => LINES.findIndex((line) => line.endsWith(`// at: ${name}`)) + 1;

interface Expected {
  readonly receiver: number;
  readonly what?: string;
  readonly from: string;
  readonly line: string;
}

function expected(n: number): Expected[] {
  const silent = n - 1;
  const all: Expected[] = [
    { receiver: silent, what: '3 bytes', from: 'rank 0, tag 21 on world', line: 'helper' },
    { receiver: silent, from: 'rank 0, tag 22 on world', line: 'later' },
    { receiver: silent, from: 'rank 0, tag 23 on world', line: 'isend' },
    { receiver: silent, what: '3 messages, \\d+ bytes,', from: 'rank 0, tag 24 on world', line: 'three' },
    { receiver: 0, from: 'rank 0, tag 25 on self', line: 'self' },
  ];
  if (n === 1) return all;
  return [
    ...all,
    { receiver: 1, from: 'rank 0, tag 26 on world/create', line: 'many' },
    { receiver: 1, from: 'rank 0, tag 27 on world/create/dup', line: 'freed' },
  ];
}

const LAYOUTS: [FabricName, number][] = [
  ['solo', 1],
  ['threads', 3],
  ['openmpi', 3],
  ['mpich', 3],
];

for (const [fabric, n] of LAYOUTS) {
  it(`messages that nobody received, ${n} on ${fabric}`, async () => {
    const { code, stderr } = await launch(fabric, n, PROGRAM);
    assert.equal(code, 0, stderr);
    for (const { receiver, what = '\\d+ bytes', from, line } of expected(n)) {
      const place = (name: string) => `sent at test/failures/programs/unread\\.ts:${at(name)}:\\d+`;
      // Of more than a thousand in a row not each is noted: then the line of the others is told.
      const like = line === 'many' ? `| \\(tag 26 ${place('received')}.*\\)` : '';
      const where = `(, ${place(line)}${like})`;
      const pattern = `warning: rank ${receiver} {2}never received: ${what} from ${from}${where}`;
      assert.match(stderr, new RegExp(pattern), stderr);
    }
    assert.equal(stderr.match(/warning/g)?.length, expected(n).length, stderr);
  });
}

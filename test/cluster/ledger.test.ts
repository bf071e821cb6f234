/** Ledgers: what is finished stays finished, whatever ends the job. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { self } from 'flotilla';
import { ledger } from 'flotilla/cluster';
import { launch, layouts } from '../harness/launch.ts';

const root = mkdtempSync(join(tmpdir(), 'ledger-'));
after(() => rmSync(root, { recursive: true }));
let made = 0;
const folder = () => join(root, String(made++));
const open = <V>(path: string) => ledger<V>(path, { comm: self() });
const PROGRAM = 'test/cluster/programs/ledger.ts';

describe('alone', () => {
  it('what was added is there when it is opened again', () => {
    const path = folder();
    const first = open<unknown>(path);
    const values = [1, -0, NaN, Infinity, 'a\nb', [1, null], { x: { y: 2 } }, true];
    assert.equal(first.rest(values.keys(), String).length, values.length);
    for (const [i, value] of values.entries()) first.add(String(i), value);
    assert.equal(first.complete(), true);
    const second = open<unknown>(path);
    assert.deepEqual(second.rest([...values.keys(), 'new'], String), ['new']);
    assert.equal(second.complete(), false);
    assert.ok(second.has('3') && !second.has('new'));
    assert.deepEqual(
      [...second.results()].sort(([a], [b]) => Number(a) - Number(b)),
      values.map((value, i) => [String(i), value]),
    );
  });

  it('two items of one name', () => {
    assert.throws(() => open(folder()).rest([1, 1], String), {
      code: 'ERR_LEDGER',
      message: "two items have the key '1'",
    });
  });

  for (const [name, value] of [
    ['undefined', undefined],
    ['a typed array', new Float64Array(2)],
    ['a Map', { m: new Map([[1, 2]]) }],
    ['a function', { f: () => 1 }],
  ] as const)
    it(`a value that JSON does not keep: ${name}`, () => {
      const path = folder();
      assert.throws(() => open<unknown>(path).add('k', value), {
        code: 'ERR_LEDGER',
        message: /the value of 'k' is not one that JSON keeps/,
      });
      assert.deepEqual(readdirSync(path), []);
    });

  it('a line that a kill has cut off does not count; one that is wrong is told', () => {
    const path = folder();
    open<number>(path).add('a', 1);
    const file = join(path, readdirSync(path)[0]!);
    appendFileSync(file, '["b",');
    assert.deepEqual([...open<number>(path).results()], [['a', 1]]);
    appendFileSync(file, '\n');
    assert.throws(() => open(path), {
      code: 'ERR_LEDGER',
      message: /cannot be read: .*line 2 is none of a ledger/,
    });
    rmSync(path, { recursive: true });
    writeFileSync(path, '');
    assert.throws(() => open(path), { code: 'ERR_LEDGER', message: /cannot be read: / });
  });
});

describe('jobs', () => {
  for (const [fabric, n] of layouts([3]))
    it(`${n} on ${fabric}: killed, and gone on with until all is done, each item once`, async () => {
      const path = folder();
      const finished = () => {
        try {
          return readdirSync(path).flatMap((name) =>
            readFileSync(join(path, name), 'utf8').trim().split('\n').filter(Boolean),
          ).length;
        } catch {
          return 0; // not made yet
        }
      };
      for (const least of [5, 12]) {
        // Killed as soon as so many are finished: by looking, since nothing is printed.
        const ended = launch(fabric, n, PROGRAM, [path, '30', '50'], {
          env: { FLOTILLA_GRACE: '0' },
          onStart: (kill) => {
            const look = setInterval(() => {
              if (finished() < least) return;
              clearInterval(look);
              kill('SIGTERM');
            }, 5);
          },
        });
        assert.notEqual((await ended).code, 0);
      }
      const { code, stdout, all } = await launch(fabric, n, PROGRAM, [path, '30', '0']);
      assert.equal(code, 0, all);
      assert.equal(stdout, 'attempt 0: 30 finished, 8555\n');
      assert.equal(finished(), 30);
    });
});

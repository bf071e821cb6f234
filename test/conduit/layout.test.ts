/** How ranks become teams. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { layOut } from '../../src/conduit/layout.ts';

const one = (size: number) => new Array<string>(size).fill('a');

it('teams are of consecutive ranks after the engine', () => {
  assert.deepEqual(layOut(one(7), 2, 1, 'error'), {
    engine: 0,
    teams: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    idle: [],
  });
});

it('ranks that are left over are refused with the nearest sizes that work, or idle', () => {
  assert.throws(() => layOut(one(6), 2, 1, 'error'), {
    code: 'ERR_TEAMS',
    message: "6 ranks (1 for the engine) do not make teams of 2: start 5 or 7 ranks, or set leftover: 'idle'",
  });
  assert.throws(() => layOut(one(3), 4, 1, 'error'), /start at least 5 ranks/);
  assert.throws(() => layOut(one(1), 1, 1, 'idle'), /start at least 2 ranks/);
  assert.deepEqual(layOut(one(6), 2, 1, 'idle').idle, [5]);
  assert.deepEqual(layOut(one(8), 2, 3, 'idle').idle, [1, 2, 7]);
});

it('a team lies within one host where that is possible', () => {
  const alternating = ['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a'];
  assert.deepEqual(layOut(alternating, 2, 1, 'error').teams, [
    [1, 3],
    [2, 4],
    [5, 7],
    [6, 8],
  ]);
  const uneven = ['a', 'a', 'a', 'a', 'b', 'b', 'b'];
  assert.deepEqual(layOut(uneven, 2, 1, 'error').teams, [
    [1, 2],
    [3, 6],
    [4, 5],
  ]);
});

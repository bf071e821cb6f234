/** Collectives that match are never taken for others, however long ago an entry of the ledger was written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Engine } from '../../src/fabric/threads/engine.ts';
import { makeGroup } from '../../src/fabric/threads/group.ts';
import { Ledger } from '../../src/fabric/threads/ledger.ts';
import { Comm, createMemory, WORLD_ID } from '../../src/fabric/threads/memory.ts';

describe('the ledger', () => {
  const ledgers = () => {
    const memory = createMemory(2);
    const members = Int32Array.of(0, 1);
    return [0, 1].map((rank) => {
      const engine = new Engine(memory, rank);
      return new Ledger(engine, makeGroup(WORLD_ID, 'world', members, rank));
    });
  };

  for (const calls of [2 ** 15, 2 ** 16, 2 ** 17, 2 ** 18]) {
    it(`${calls} short calls that leave no entry`, () => {
      const both = ledgers();
      for (let i = 0; i < Comm.LEDGER_LENGTH; i++) for (const ledger of both) ledger.begin('barrier', -1);
      for (let i = Comm.LEDGER_LENGTH; i < calls; i++)
        for (const ledger of both) ledger.enter('Allreduce', -1, true);
      for (let i = 0; i < Comm.LEDGER_LENGTH; i++) {
        for (const ledger of both) {
          ledger.enter('Bcast', 0, true);
          assert.equal(ledger.agree(), true);
        }
      }
    });
  }

  it('tells apart calls, roots and lengths', () => {
    const mismatch = (first: [string, number, boolean], second: [string, number, boolean], code: string) => {
      const [a, b] = ledgers() as [Ledger, Ledger];
      a.enter(...first);
      a.check();
      b.enter(...second);
      assert.throws(() => b.check(), { code });
    };
    mismatch(['Bcast', 0, true], ['Bcast', 1, true], 'ERR_MISMATCH');
    mismatch(['Allreduce', -1, true], ['Allgather', -1, true], 'ERR_MISMATCH');
    mismatch(['Allreduce', -1, true], ['Allreduce', -1, false], 'ERR_COUNT');
    mismatch(['Allreduce', -1, false], ['Allreduce', -1, true], 'ERR_TRUNCATE');
  });
});

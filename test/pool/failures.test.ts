/** What happens in each mode when something goes wrong. No case may leave a process behind: the harness looks. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Outcome } from '../harness/launch.ts';
import { LAYOUTS, launchPool, type Layout } from './modes.ts';

const folder = mkdtempSync(join(tmpdir(), 'pool-failures-'));
after(() => rmSync(folder, { recursive: true }));
let flags = 0;
const flag = () => join(folder, String(flags++));

const layout = (name: string): Layout => LAYOUTS.find((each) => each.name === name)!;
const THREADS = layout('threads');
const FUTURES = ['threads', 'openmpi', 'mpich'].map((fabric) => layout(`futures, 3 ranks over ${fabric}`));
const OVER_MPI = FUTURES.slice(1);
const SPAWN = ['openmpi', 'mpich'].map((fabric) => layout(`spawn over ${fabric}`));
/** For what does not depend on the library. */
const SPAWN_ONCE = SPAWN.slice(1);
const SYNCHRO = ['threads', 'openmpi', 'mpich'].map((fabric) => layout(`synchro, 3 ranks over ${fabric}`));

interface Case {
  readonly what: string;
  readonly layouts: readonly Layout[];
  readonly args: () => string[];
  readonly check: (outcome: Outcome, layout: Layout) => void;
}

const ended =
  (code: number, ...texts: RegExp[]) =>
  (outcome: Outcome) => {
    assert.equal(outcome.code, code, outcome.all);
    for (const text of texts) assert.match(outcome.all, text);
  };
const failed =
  (...texts: RegExp[]) =>
  (outcome: Outcome) => {
    assert.notEqual(outcome.code, 0, outcome.all);
    for (const text of texts) assert.match(outcome.all, text);
  };
/** MPICH's launcher may lose the last lines of a rank that aborts. A main process without a launcher writes its own. */
const losesLines = (name: string) => name.includes('mpich') && !name.startsWith('spawn');
const WORKS = /works 1 4 9 16/;

const CASES: readonly Case[] = [
  {
    what: 'the program ends right after a section that failed on all workers',
    layouts: [THREADS, ...FUTURES, ...SPAWN],
    args: () => ['sectionLast'],
    check: ended(0, /^rejects .*from a worker$/m),
  },
  ...[3, 0].map((code): Case => ({
    what: `a task calls process.exit(${code})`,
    layouts: [THREADS, ...FUTURES, ...SPAWN_ONCE],
    args: () => ['exit', String(code)],
    check: ended(
      0,
      new RegExp(
        `rejects PoolError: worker \\d was lost while it ran leave: .*exit code ${code} \\(ERR_WORKER_LOST\\) from a worker`,
      ),
      /others 1 2 3 4/,
      WORKS,
      /lost 1/,
    ),
  })),
  {
    what: 'a task that lost its worker is run again',
    layouts: [THREADS, ...FUTURES, ...SPAWN_ONCE],
    args: () => ['retry', flag()],
    check: ended(0, /gives "second time"/, WORKS, /warning: pool worker \d was lost: .*exit code 9/),
  },
  {
    what: 'all ranks leave',
    layouts: [...FUTURES, ...SPAWN_ONCE],
    args: () => ['everyone'],
    check: ended(0, /ERR_WORKER_LOST.*\n(.*\n)*rejects PoolError: all workers were lost \(ERR_BROKEN\)/),
  },
  {
    what: 'a worker has no memory left',
    layouts: [THREADS],
    args: () => ['memory'],
    check: ended(
      0,
      /rejects PoolError: worker \d was lost while it ran devour: .*memory.*ERR_WORKER_LOST/,
      WORKS,
    ),
  },
  {
    what: 'a task does not end in time',
    layouts: [THREADS],
    args: () => ['spin'],
    check: ended(0, /rejects PoolError: the task spin has run for more than 100 ms \(ERR_TIMEOUT\)/, WORKS),
  },
  {
    what: 'the last worker of an open pool is lost',
    layouts: [THREADS],
    args: () => ['openAfterLoss'],
    check: ended(0, /^rejects PoolError: .*ERR_TIMEOUT.*\nrejects PoolError: .*ERR_WORKER_LOST.*\n$/),
  },
  {
    what: 'a task that was given up runs on where the script ends',
    layouts: OVER_MPI.slice(0, 1),
    args: () => ['openAfterLoss'],
    check: failed(/ERR_TIMEOUT/, /the script has ended, and a task did not/),
  },
  {
    what: 'one task after the other ends its worker',
    layouts: [THREADS],
    args: () => ['crashInTurn'],
    check: ended(0, /^(rejects PoolError: .*ERR_WORKER_LOST.*\n){5}works/),
  },
  {
    what: 'a task on a rank never ends',
    layouts: FUTURES,
    args: () => ['spin'],
    check: (outcome, { name }) => {
      failed(/ERR_TIMEOUT/, WORKS)(outcome);
      // MPICH's launcher may lose the last lines of a rank that aborts.
      if (!name.includes('mpich'))
        assert.match(outcome.all, /spin was given up: worker \d did not come back/);
    },
  },
  {
    what: 'a running task is aborted',
    layouts: [THREADS],
    args: () => ['abort'],
    check: ended(0, /rejects AbortError/, WORKS),
  },
  {
    what: 'an error outside any task',
    layouts: [THREADS],
    args: () => ['crash'],
    check: ended(0, /was lost while it ran crashLater: in a timer \(ERR_WORKER_LOST\) <- in a timer/, WORKS),
  },
  {
    what: 'an error outside any task on a rank',
    layouts: FUTURES,
    args: () => ['crash'],
    check: failed(/rank \d: Error: in a timer/),
  },
  {
    what: 'a spawned worker is killed',
    layouts: SPAWN,
    args: () => ['kill'],
    check: ended(
      1,
      /rejects PoolError: worker \d was lost while it ran kill: its process has ended \(ERR_WORKER_LOST\)/,
    ),
  },
  {
    what: 'an error outside any task on a spawned worker',
    layouts: SPAWN,
    args: () => ['crashes'],
    check: ended(1, /ERR_WORKER_LOST/, /ERR_BROKEN/, /rejects .*cannot form a pool any more: .*ERR_MODE/),
  },
  {
    what: 'a spawned worker never ends its task',
    layouts: SPAWN,
    args: () => ['spin'],
    check: ended(1, /ERR_TIMEOUT/, WORKS, /spin was given up: worker \d did not come back/),
  },
  {
    what: 'a task on a spawned worker is aborted while it runs, another while it waits',
    layouts: SPAWN_ONCE,
    args: () => ['abortBoth'],
    check: ended(0, /^running AbortError\nqueued AbortError\nother 3\nworks 1 4 9 16\n$/),
  },
  {
    what: 'an SPMD section fails on one spawned worker while the others wait for it',
    layouts: SPAWN_ONCE,
    args: () => ['section'],
    check: ended(1, /rejects Error: the last from a worker/, /lastThrows has failed.*did not come back/),
  },
  {
    what: 'the script exits with a code',
    layouts: SPAWN,
    args: () => ['exitCode', '3'],
    check: ended(3, /^works 1 4 9 16\n$/),
  },
  {
    what: 'a rank is killed',
    layouts: OVER_MPI,
    args: () => ['kill'],
    check: failed(),
  },
  {
    what: 'an SPMD section fails on one worker while the others wait for it',
    layouts: [THREADS],
    args: () => ['section'],
    check: ended(0, /rejects Error: the last from a worker/, WORKS),
  },
  {
    what: 'an SPMD section fails on one rank while the others wait for it',
    layouts: [...FUTURES, ...SYNCHRO],
    args: () => ['section'],
    check: (outcome, { name }) => {
      failed(/rejects Error: the last from a worker/)(outcome);
      // Over threads the deadlock may be found first; MPICH's launcher may lose the last lines of a rank that aborts.
      if (name.includes('openmpi')) assert.match(outcome.all, /lastThrows has failed.*did not come back/);
    },
  },
  {
    what: 'a deadlock in an SPMD section',
    layouts: [THREADS],
    args: () => ['deadlock'],
    check: ended(0, /rejects PoolError: .*nobodySends: deadlock: 2 ranks wait[^]*ERR_WORKER_LOST/, WORKS),
  },
  {
    what: 'a pool is closed by force',
    layouts: [THREADS],
    args: () => ['force'],
    check: ended(0, /^(rejects PoolError: the pool was closed .*\n){3}$/),
  },
  {
    what: 'the script ends and its pool is open',
    layouts: [THREADS, ...FUTURES, ...SPAWN, ...SYNCHRO],
    args: () => ['open'],
    check: (outcome) => {
      ended(0, WORKS)(outcome);
      assert.equal(outcome.stderr, '');
    },
  },
  {
    what: 'the script exits while tasks run',
    layouts: [THREADS, ...FUTURES, ...SPAWN_ONCE],
    args: () => ['leaveWhileRunning'],
    check: ended(0, WORKS),
  },
  {
    what: 'the script fails',
    layouts: [THREADS, ...FUTURES, ...SPAWN, ...SYNCHRO],
    args: () => ['uncaught'],
    check: (outcome, { name }) => {
      // MPICH's launcher may lose the last lines of a rank that aborts.
      ended(1, ...(losesLines(name) ? [] : [/Error: in the script/]))(outcome);
    },
  },
  {
    what: 'nobody awaits a task that fails',
    layouts: [THREADS, ...FUTURES, ...SPAWN_ONCE],
    args: () => ['unhandled'],
    check: (outcome, { name }) => failed(...(losesLines(name) ? [] : [/ModelError\]?: diverged/]))(outcome),
  },
  {
    what: 'workers die while they start',
    layouts: [THREADS],
    args: () => ['neverStarts'],
    check: ended(
      0,
      /rejects PoolError: 3 workers in a row were lost before they began a task: .*exit code 4 \(ERR_BROKEN\)/,
    ),
  },
  {
    what: 'an initializer throws',
    layouts: [THREADS, ...FUTURES, ...SPAWN_ONCE],
    args: () => ['badInitializer'],
    check: ended(0, /rejects PoolError: the initializer has failed \(ERR_BROKEN\) <- no licence/),
  },
  {
    what: 'a task calls process.exit where the script runs too',
    layouts: SYNCHRO,
    args: () => ['exit', '3'],
    check: failed(/rank \d has ended with exit code 3: the job ends/),
  },
  {
    what: 'ranks submit different tasks',
    layouts: SYNCHRO,
    args: () => ['diverged'],
    check: ended(
      0,
      /rejects PoolError: task 0 is (square|later) on rank \d and (square|later) on rank \d.*ERR_DIVERGED/,
    ),
  },
  {
    what: 'ranks submit different numbers of tasks',
    layouts: SYNCHRO,
    args: () => ['fewer'],
    check: ended(0, /rejects PoolError: the ranks have submitted 1, 0, 0 tasks.*ERR_DIVERGED/),
  },
];

for (const { what, layouts, args, check } of CASES) {
  describe(what, () => {
    for (const each of layouts) {
      it(each.name, async () =>
        check(await launchPool(each, 'test/pool/programs/failures.ts', args()), each),
      );
    }
  });
}

/** Evaluation teams: the same answers on any number of ranks, each sample once, failures told on every rank. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUM, world } from 'flotilla';
import { distributed, sequential, type Conduit, type Pool, type Work } from 'flotilla/conduit';
import { cmaes, infer, normal, optimize, run, tmcmc, uniform } from 'flotilla/experiment';
import { checkWorld, run as runCases } from '../harness/cases.ts';

const { size } = world();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Conduits that this world has ranks for. */
const conduits: [string, Conduit][] = [['sequential', sequential()]];
if (size > 1) {
  conduits.push(['teams of 1', distributed({ prefetch: 0 })]);
  conduits.push(['teams of 1, ahead', distributed({ prefetch: 3, stragglers: 'duplicate' })]);
}
if (size > 2) conduits.push(['teams of 2', distributed({ ranksPerTeam: 2, leftover: 'idle' })]);
if (size > 3) conduits.push(['two idle', distributed({ engineRanks: 3, leftover: 'idle' })]);

const submitAll = (pool: Pool, n: number, work = 0) =>
  Promise.all(Array.from({ length: n }, (_, id) => pool.submit({ work, id, generation: 0, value: id })));

const work = (model: Work['model'], extra: Partial<Work> = {}): Work => ({
  name: 'test',
  seed: 1,
  model,
  ...extra,
});

for (const [name, conduit] of conduits) {
  checkWorld(`${name}: every sample once, its result on every rank`, async () => {
    for (const [n, waits] of [
      [0, false],
      [1, false],
      [200, false],
      [40, true],
    ] as const) {
      const values = await conduit.open(
        [
          work(async ({ value, rng }, team) => {
            if (waits) await pause(1);
            return [value, rng.uniform(), team.comm.allreduce(1, SUM) === team.comm.size];
          }),
        ],
        async (pool) => (await submitAll(pool, n)).map((outcome) => outcome.value),
      );
      const alone = await sequential().open(
        [work(({ value, rng }) => [value, rng.uniform(), true])],
        async (pool) => (await submitAll(pool, n)).map((outcome) => outcome.value),
      );
      assert.deepEqual(values, alone);
    }
  });

  checkWorld(`${name}: several experiments and solvers give the same answers everywhere`, async () => {
    const make = () =>
      [
        optimize({
          name: 'first',
          variables: { x: { bounds: [-10, 10] }, y: { bounds: [-10, 10] } },
          objective: ({ x, y }, team, sample) =>
            x * x + y * y + 1e-3 * sample.rng.uniform() + team.comm.allreduce(0, SUM),
          solver: cmaes({ population: 8 }),
          until: { evaluations: 203 },
        }),
        infer({
          name: 'second',
          variables: { x: { prior: uniform(-15, 15) } },
          logLikelihood: ({ x }) => normal(-2, 3).logDensity(x),
          solver: tmcmc({ population: 60 }),
        }),
      ] as const;
    const [a, b] = await run(make(), { conduit });
    assert.equal(a.evaluations, 203);
    assert.equal(a.stopped, 'evaluations');
    const [c, d] = await run(make(), { conduit: sequential() });
    assert.deepEqual([a, b], [c, d]);
    const all = world().allgather(JSON.stringify([a, b]));
    assert.deepEqual(new Set(all).size, 1);
  });

  checkWorld(`${name}: what a model throws is thrown on every rank, with its parameters`, async () => {
    const failing = (onError: 'abort' | 'reject' | { retries: number }) =>
      optimize({
        variables: { x: { bounds: [-10, 10] } },
        objective({ x }) {
          if (x > 5) throw new RangeError('too large');
          return x * x;
        },
        solver: cmaes({ population: 12 }),
        until: { generations: 20 },
        onError,
      });
    await assert.rejects(run(failing({ retries: 2 }), { conduit }), {
      name: 'ExperimentError',
      code: 'ERR_MODEL',
      message: /^'optimize', sample \d+ at \{"x":[\d.]+\}: RangeError: too large$/,
    });
    const { best, rejected } = await run(failing('reject'), { conduit });
    assert.ok(rejected > 0);
    assert.ok(Math.abs(best!.value) < 1e-3);
  });

  checkWorld(`${name}: NaN is an error, infinities are values`, async () => {
    const returning = (value: number) =>
      optimize({
        variables: { x: { bounds: [-1, 1] } },
        objective: () => value,
        solver: cmaes(),
        until: { generations: 2 },
        onError: { retries: 0 },
      });
    await assert.rejects(run(returning(NaN), { conduit }), /the objective must return a number, not NaN/);
    assert.equal((await run(returning(Infinity), { conduit })).best, undefined);
    assert.equal((await run(returning(-Infinity), { conduit })).best!.value, -Infinity);
  });
}

if (size > 2) {
  checkWorld('samples that wait behind a long one are taken back for idle teams', async () => {
    const order = await distributed({ prefetch: 8, leftover: 'idle' }).open(
      [
        work(async ({ value }) => {
          // Long enough that the others, short ones, are done before it.
          if (value === 20) await pause(1500);
          return value;
        }),
      ],
      async (pool) => {
        const done: unknown[] = [];
        await submitAll(pool, 20);
        const more = Array.from({ length: 60 }, (_, i) =>
          pool
            .submit({ work: 0, id: 20 + i, generation: 1, value: 20 + i })
            .then((outcome) => done.push(outcome.value)),
        );
        await Promise.all(more);
        return done;
      },
    );
    assert.equal(order.length, 60);
    assert.equal(order.at(-1), 20);
  });

  checkWorld('stragglers may be evaluated twice: the first answer counts', async () => {
    const { rank } = world();
    const outcomes = await distributed({ stragglers: 'duplicate', leftover: 'idle', prefetch: 0 }).open(
      [
        work(async ({ id, signal }) => {
          // On the first team sample 0 ends only when its result is not wanted any more.
          if (id === 0 && rank === 1)
            await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          return id;
        }),
      ],
      (pool) => submitAll(pool, 10),
    );
    assert.deepEqual(
      outcomes.map(({ value }) => value),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.notEqual(outcomes[0]!.team, 0);
  });

  checkWorld('a failure of one rank of a tolerant team is a failure of its sample', async () => {
    const outcomes = await distributed({ ranksPerTeam: 2, leftover: 'idle' }).open(
      [
        work(
          ({ id }, team) => {
            if (id === 3 && team.comm.rank === 1) throw new RangeError('on the second rank');
            return id;
          },
          { tolerant: true },
        ),
      ],
      (pool) => submitAll(pool, 8),
    );
    assert.equal(outcomes[3]!.error!.message, 'on the second rank');
    assert.deepEqual(outcomes.filter(({ error }) => error).length, 1);
  });
}

checkWorld('ranks that do not divide into teams are refused on every rank', async () => {
  const conduit = distributed({ ranksPerTeam: size + 3 });
  await assert.rejects(
    conduit.open([], () => Promise.resolve(0)),
    { code: 'ERR_TEAMS', message: /start at least \d+ ranks/ },
  );
});

checkWorld('a record of another experiment, or a damaged one, is refused on every rank', async () => {
  const comm = world();
  const dir = comm.bcast(comm.rank === 0 ? mkdtempSync(join(tmpdir(), 'conduits-')) : '', 0);
  let evaluated = 0;
  const make = (seed: number) =>
    optimize({
      seed,
      variables: { x: { bounds: [-1, 1] } },
      objective({ x }) {
        evaluated++;
        return x * x;
      },
      solver: cmaes(),
      until: { generations: 2 },
    });
  await run(make(1), { dir });
  const refused = { name: 'ExperimentError', code: 'ERR_CHECKPOINT' };
  evaluated = 0;
  await assert.rejects(run(make(2), { dir, resume: true }), { ...refused, message: /they differ in seed$/ });
  await assert.rejects(run(make(1), { dir }), { ...refused, message: /set resume: true/ });
  if (comm.rank === 0) truncateSync(join(dir, 'optimize', 'checkpoint.json'), 50);
  await assert.rejects(run(make(1), { dir, resume: true }), { ...refused, message: /cannot be read/ });
  assert.equal(evaluated, 0);
  comm.barrier();
  if (comm.rank === 0) rmSync(dir, { recursive: true });
});

await runCases();

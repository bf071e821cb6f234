/** Models in worker threads and in other programs, several at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concurrent, external, sequential, threaded, type Pool } from 'flotilla/conduit';
import { cmaes, gridSearch, optimize, run } from 'flotilla/experiment';

const MODELS = new URL('./models/square.ts', import.meta.url);
const submitAll = (pool: Pool, n: number) =>
  Promise.all(Array.from({ length: n }, (_, id) => pool.submit({ work: 0, id, generation: 0, value: id })));

describe('concurrent', () => {
  it('has so many samples under way, never more', async () => {
    let under = 0;
    let most = 0;
    const model = async () => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setImmediate(resolve));
      under--;
    };
    const indices = await concurrent({ jobs: 3 }).open([{ name: 'a', seed: 0, model }], async (pool) => {
      const outcomes = await submitAll(pool, 20);
      assert.equal(pool.busy, 0);
      return outcomes.map(({ team }) => team);
    });
    assert.equal(most, 3);
    assert.deepEqual([...new Set(indices)].sort(), [0, 1, 2]);
  });

  it('lets experiments take turns', async () => {
    const order: string[] = [];
    const work = (name: string) => ({ name, seed: 0, model: () => void order.push(name) });
    await sequential().open([work('a'), work('b')], (pool) =>
      Promise.all(
        ['a', 'a', 'a', 'b', 'b', 'b'].map((name, id) =>
          pool.submit({ work: name === 'a' ? 0 : 1, id, generation: 0, value: 0 }),
        ),
      ),
    );
    assert.equal(order.join(''), 'ababab');
  });
});

describe('threaded', () => {
  const square = threaded<{ x: number }>(MODELS);

  it('evaluates in as many threads as there are jobs', async () => {
    const where = threaded<object>(MODELS, 'where');
    const experiment = optimize({
      variables: { x: { bounds: [0, 1] } },
      objective: (parameters) => where(parameters),
      solver: gridSearch({ points: 40 }),
    });
    await run(experiment, { conduit: concurrent({ jobs: 2 }) });
  });

  it('tells what the model threw, and replaces a thread that died', async () => {
    const found: string[] = [];
    const experiment = optimize({
      variables: { x: { bounds: [5, 12] } },
      objective: (parameters) =>
        square(parameters).catch((error: unknown) => {
          found.push(String(error));
          return 1000;
        }),
      solver: gridSearch({ points: 8 }),
    });
    const { best, evaluations } = await run(experiment, { conduit: concurrent({ jobs: 2 }) });
    assert.equal(evaluations, 8);
    assert.equal(best!.value, 25);
    assert.deepEqual(found.sort(), [
      "ExperimentError: the model's thread has died: it ended with exit code 3",
      'RangeError: seven',
    ]);
  });

  it('says which function a module lacks', async () => {
    await assert.rejects(threaded(MODELS, 'cube')({}), /exports no function 'cube'/);
  });
});

describe('external', () => {
  const shell = (script: string) =>
    external<{ x: number }>(({ x }) => ['/bin/sh', '-c', script, 'model', String(x)]);
  const make = (script: string) =>
    optimize({
      variables: { x: { bounds: [-3, 3] } },
      objective: shell(script),
      solver: gridSearch({ points: 7 }),
    });

  it('gets its parameters as arguments, its result from the output', async () => {
    const { best } = await run(make('echo $(( $1 * $1 - 2 * $1 ))'), { conduit: concurrent({ jobs: 4 }) });
    assert.deepEqual(best!.parameters, { x: 1 });
    assert.equal(best!.value, -1);
  });

  it('gets them as JSON on its input too', async () => {
    const { best } = await run(make(`sed 's/.*:\\([-0-9]*\\).*/\\1/'`), { conduit: concurrent({ jobs: 4 }) });
    assert.equal(best!.value, -3);
  });

  it('fails with its exit code and what it said', async () => {
    await assert.rejects(run(make('echo no licence >&2; exit 4')), {
      code: 'ERR_MODEL',
      message: /sample 0 at \{"x":-3\}: .*\/bin\/sh ended with exit code 4: no licence/,
    });
    await assert.rejects(run(make('echo nothing of use')), /cannot be read as its result: nothing of use/);
    await assert.rejects(
      external(() => ['/no/such/program'])({}, undefined, { signal: new AbortController().signal }),
      /\/no\/such\/program: spawn/,
    );
  });

  it('gives the same answers one at a time', async () => {
    const quadratic = () =>
      optimize({
        variables: { x: { bounds: [-3, 3] } },
        objective: external<{ x: number }>(({ x }) => ['awk', `BEGIN { print (${x} - 1) ^ 2 }`]),
        solver: cmaes(),
        until: { generations: 3 },
      });
    assert.deepEqual(
      await run(quadratic(), { conduit: concurrent({ jobs: 4 }) }),
      await run(quadratic(), { conduit: sequential() }),
    );
  });

  it('ends the programs under way, and what they started, when the run fails', async () => {
    const never = external<number>(() => ['/bin/sh', '-c', 'sleep 600 & wait']);
    const ends: Promise<unknown>[] = [];
    const model = ({ value, signal }: { value: unknown; signal: AbortSignal }) => {
      const end = never(value as number, undefined, { signal });
      ends.push(end.catch((error: unknown) => error));
      return end;
    };
    await assert.rejects(
      concurrent({ jobs: 2 }).open([{ name: 'a', seed: 0, model }], (pool) => {
        void submitAll(pool, 2);
        return new Promise((_, reject) => setImmediate(() => reject(new RangeError('the run'))));
      }),
      /the run/,
    );
    // They end only when every process that holds their output has.
    for (const error of await Promise.all(ends)) assert.match(String(error), /ended with SIGTERM/);
  });
});

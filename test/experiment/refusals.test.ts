/** Bad input: one clear error before anything is evaluated. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concurrent, distributed, sequential } from 'flotilla/conduit';
import {
  cmaes,
  differentialEvolution,
  infer,
  mcmc,
  normal,
  optimize,
  run,
  sample,
  tmcmc,
  truncatedNormal,
  uniform,
  type RunOptions,
} from 'flotilla/experiment';

/** What a JavaScript program could pass. */
const anything = (value: unknown) => value as never;
const good = { variables: { x: { bounds: [0, 1] } }, objective: () => 0, solver: cmaes() } as const;

const CASES: [what: string, make: () => unknown, message: RegExp][] = [
  [
    'an unknown option',
    () => optimize(anything({ ...good, objektive: 1 })),
    /no option 'objektive': did you mean 'objective'\?/,
  ],
  [
    'an unknown option of a solver',
    () => cmaes(anything({ poplation: 8 })),
    /cmaes has no option 'poplation': did you mean 'population'/,
  ],
  ['an option like no other', () => tmcmc(anything({ q: 8 })), /no option 'q': it has population, steps/],
  [
    'a wrong type',
    () => cmaes({ population: anything('8') }),
    /population must be a whole number of at least 2, not '8'/,
  ],
  [
    'a number out of range',
    () => cmaes({ population: 1 }),
    /population must be a whole number of at least 2, not 1/,
  ],
  [
    'bounds reversed',
    () => optimize({ ...good, variables: { x: { bounds: [1, 0] } } }),
    /variable 'x': bounds must be \[lower, upper\], lower below upper, not \[1,0\]/,
  ],
  [
    'a start outside',
    () => optimize({ ...good, variables: { x: { bounds: [0, 1], start: 2 } } }),
    /start must lie within its bounds \[0, 1\], not at 2/,
  ],
  [
    'no bounds where they are needed',
    () => optimize({ ...good, variables: { x: {} } }),
    /cmaes needs bounds, or start and step, for 'x'/,
  ],
  [
    'half a range',
    () => optimize({ ...good, variables: { x: { start: 1 } }, solver: differentialEvolution() }),
    /differentialEvolution needs bounds for the variable 'x'/,
  ],
  [
    'an unknown option of a variable',
    () => optimize({ ...good, variables: { x: anything({ bound: [0, 1] }) } }),
    /variable 'x' has no option 'bound': did you mean 'bounds'/,
  ],
  [
    'bounds that are no numbers',
    () => optimize({ ...good, variables: { x: { bounds: anything(['0', '1']) } } }),
    /bounds must be \[lower, upper\], lower below upper, not \["0","1"\]/,
  ],
  [
    'bounds that are NaN',
    () => optimize({ ...good, variables: { x: { bounds: [NaN, 1] } } }),
    /bounds must be \[lower, upper\]/,
  ],
  [
    'a start that is no number',
    () => optimize({ ...good, variables: { x: { bounds: [0, 1], start: anything('0.5') } } }),
    /start must lie within its bounds \[0, 1\], not at '0\.5'/,
  ],
  [
    'a variable named __proto__',
    () => optimize({ ...good, variables: { ['__proto__']: { bounds: [0, 1] } } }),
    /variable '__proto__': must have another name/,
  ],
  ['options that are no object', () => cmaes(anything(8)), /cmaes needs an object, not 8/],
  [
    'a constraint that is no function',
    () => optimize({ ...good, constraints: anything([1]) }),
    /constraints must be a list of functions/,
  ],
  [
    'bounds reversed, for sample',
    () => sample({ variables: { x: { bounds: [1, 0] } }, logDensity: () => 0, solver: tmcmc() }),
    /variable 'x': bounds must be \[lower, upper\], lower below upper, not \[1,0\]/,
  ],
  [
    'no bounds, for sample',
    () => sample({ variables: { x: anything({ bound: [0, 1] }) }, logDensity: () => 0, solver: tmcmc() }),
    /variable 'x' has no option 'bound': did you mean 'bounds'/,
  ],
  [
    'a likelihood instead of a density',
    () => sample(anything({ variables: {}, logLikelihood: () => 0, solver: tmcmc() })),
    /sample has no option 'logLikelihood'/,
  ],
  [
    'a prior that lies nowhere within its cut',
    () => truncatedNormal(0, 1, 50, 60),
    /truncatedNormal: has no probability between 50 and 60/,
  ],
  ['a prior of texts', () => uniform(anything('0'), anything('1')), /uniform: needs from < to/],
  ['a share above 1', () => mcmc({ secondTry: 3 }), /secondTry must be a number between 0 and 1, not 3/],
  ['no variables', () => optimize({ ...good, variables: {} }), /needs at least one variable/],
  [
    'a solver for something else',
    () => optimize({ ...good, solver: anything(tmcmc()) }),
    /optimize needs a solver such as cmaes\(\)/,
  ],
  ['no objective', () => optimize(anything({ ...good, objective: undefined })), /needs an objective/],
  [
    'constraints nobody can meet',
    () => optimize({ ...good, constraints: [() => 1] }),
    /no point within the bounds satisfies the constraints/,
  ],
  [
    'no prior',
    () => infer({ variables: { x: anything({}) }, logLikelihood: () => 0, solver: tmcmc() }),
    /variable 'x': prior must be a distribution such as uniform\(0, 1\), not undefined/,
  ],
  [
    'bounds beside a prior',
    () =>
      infer({
        variables: { x: anything({ prior: normal(0, 1), bounds: [0, 1] }) },
        logLikelihood: () => 0,
        solver: tmcmc(),
      }),
    /variable 'x' has no option 'bounds'/,
  ],
  [
    'no onError',
    () => optimize({ ...good, onError: anything(null) }),
    /onError must be 'abort', 'reject' or \{ retries \}, not null/,
  ],
  ['a name that is no folder', () => optimize({ ...good, name: '../up' }), /name must be of letters/],
  ['a seed that is none', () => optimize({ ...good, seed: -1 }), /seed must be a whole number of at least 0/],
  [
    'an unknown onError',
    () => optimize({ ...good, onError: anything('ignore') }),
    /onError must be 'abort', 'reject' or \{ retries \}, not 'ignore'/,
  ],
  [
    'an unknown limit',
    () => optimize({ ...good, until: anything({ generation: 3 }) }),
    /no option 'generation': did you mean 'generations'/,
  ],
  [
    'an unknown option of a conduit',
    () => distributed(anything({ ranksPerTeams: 2 })),
    /did you mean 'ranksPerTeam'/,
  ],
  [
    'a word that is none',
    () => distributed({ leftover: anything('ignore') }),
    /leftover must be 'error' or 'idle', not 'ignore'/,
  ],
  ['no jobs', () => concurrent({ jobs: 0 }), /jobs must be a whole number of at least 1, not 0/],
  ['an option of sequential', () => sequential(anything({ jobs: 2 })), /sequential has no option 'jobs'/],
];

describe('refused where it is made', () => {
  for (const [what, make, message] of CASES)
    it(what, () => assert.throws(make, { name: 'ExperimentError', code: 'ERR_OPTION', message }));
});

it('run refuses unknown options and experiments of one name', async () => {
  const experiment = optimize(good);
  await assert.rejects(run(experiment, anything({ directory: 'x' }) as RunOptions), /no option 'directory'/);
  await assert.rejects(run([experiment, optimize(good)]), /need different names/);
  for (const [options, message] of [
    [{ conduit: 'distributed' }, /run: conduit must be a conduit such as distributed\(\), not 'distributed'/],
    [{ dir: 3 }, /run: dir must be a folder's path, not 3/],
    [{ signal: {} }, /run: signal must be an AbortSignal/],
    [{ until: { evaluations: 0.5 } }, /until\.evaluations must be a whole number/],
  ] as const)
    await assert.rejects(run(experiment, anything(options) as RunOptions), { code: 'ERR_OPTION', message });
  await assert.rejects(run(anything({ solver: cmaes() })), /run needs experiments/);
});

it('a likelihood that is zero everywhere', async () => {
  await assert.rejects(
    run(
      infer({ variables: { x: { prior: uniform(0, 1) } }, logLikelihood: () => -Infinity, solver: tmcmc() }),
    ),
    { code: 'ERR_MODEL', message: /the likelihood is zero at every sample of the prior/ },
  );
});

it('a NaN, and a result that is no number', async () => {
  for (const value of [NaN, 'text', undefined])
    await assert.rejects(run(optimize({ ...good, objective: () => anything(value) })), {
      code: 'ERR_MODEL',
      message: /^'optimize', sample 0 at \{"x":[\d.]+\}: the objective must return a number, not /,
    });
});

it('unknown keys do not compile', () => {
  // @ts-expect-error: no such option
  assert.throws(() => optimize({ ...good, objektive: 1, variables: { x: { bounds: [0, 1], stap: 1 } } }));
  // @ts-expect-error: no such variable
  optimize({ ...good, objective: (parameters) => parameters.y as number });
  // @ts-expect-error: a sampler does not optimize
  assert.throws(() => optimize({ ...good, solver: tmcmc() }));
});

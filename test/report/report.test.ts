/** flotilla report: one page, complete in itself. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { cmaes, infer, normal, nsga2, optimize, pareto, run, tmcmc, uniform } from 'flotilla/experiment';
import { corner } from '../../src/report/corner.ts';
import { makePage } from '../../src/report/page.ts';
import { efficiency, timeline } from '../../src/report/timeline.ts';
import { CLI, start } from '../harness/launch.ts';

const dir = mkdtempSync(join(tmpdir(), 'report-'));
after(() => rmSync(dir, { recursive: true }));

it('writes a page of the record of several experiments', async () => {
  await run(
    [
      optimize({
        variables: { x: { bounds: [-1, 1] } },
        objective: ({ x }) => (x > 0.9 ? Infinity : x * x),
        solver: cmaes(),
      }),
      infer({
        variables: { a: { prior: uniform(-5, 5) }, b: { prior: uniform(-5, 5) } },
        logLikelihood: ({ a, b }) => normal(0, 1).logDensity(a) + normal(a, 1).logDensity(b),
        solver: tmcmc({ population: 200 }),
      }),
      pareto({
        variables: { length: { bounds: [0, 3] } },
        goals: { cost: 'minimize', '<gain>': 'maximize' },
        objectives: ({ length }) => ({ cost: length, '<gain>': 4 - (length - 2) ** 2 }),
        reference: { cost: 3, '<gain>': 0 },
        solver: nsga2({ population: 10 }),
        until: { generations: 5 },
      }),
    ],
    { dir },
  );
  const { code, stdout, all } = await start(process.execPath, [CLI, 'report', dir]);
  assert.equal(code, 0, all);
  const html = readFileSync(stdout.trim(), 'utf8');
  const captions = [...html.matchAll(/<figcaption>(.*?)<\/figcaption>/g)].map(([, text]) => text!);
  assert.match(captions[0]!, /^teams: [\d.]+ % of their time at work$/);
  for (const caption of [
    'posterior',
    'logEvidence',
    'loss',
    'a of each sample',
    'x of each sample',
    'front: &lt;gain&gt; over cost',
    'hypervolume',
  ])
    assert.ok(captions.includes(caption), captions.join());
  assert.equal(html.match(/<svg/g)!.length, captions.length);
  assert.match(
    html,
    /<summary>front: 10 samples<\/summary>.*<th>cost<\/th><th>&lt;gain&gt;<\/th><th>length<\/th>/,
  );
  // Nothing is asked of any network: no script, no address but the names of XML.
  assert.doesNotMatch(html, /<script|<link|<img|@import|url\(/);
  assert.deepEqual(
    new Set([...html.matchAll(/https?:\/\/[^"'\s<]+/g)].map(([address]) => address)),
    new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']),
  );
});

it('says when a folder has no record', async () => {
  const refusal = { name: 'ReportError', code: 'ERR_RECORD', operation: 'report' };
  await assert.rejects(makePage('/no/such/folder'), refusal);
  const { code, stderr } = await start(process.execPath, [CLI, 'report', '/no/such/folder']);
  assert.equal(code, 2);
  assert.match(stderr, /^flotilla: \/no\/such\/folder is not the folder of a run/);
});

it('efficiency is work over teams and time', () => {
  assert.equal(
    efficiency([
      { team: 0, began: 0, ended: 10 },
      { team: 1, began: 0, ended: 5 },
    ]),
    0.75,
  );
});

it('of many samples the timeline shows how much of each stretch was work', () => {
  const samples = Array.from({ length: 50_000 }, (_, id) => ({
    id,
    generation: 0,
    parameters: {},
    value: 0,
    team: id % 2,
    began: id,
    ended: id + (id % 2 === 0 ? 1 : 0.5),
  }));
  const record = { name: 'many', config: {}, result: undefined, generations: [], samples };
  const [chart] = timeline([record]);
  const { values } = (chart!.spec as unknown as { data: { values: { team: string; share: number }[] } }).data;
  assert.ok(values.length <= 6000);
  for (const { team, share } of values.slice(10, -10))
    assert.ok(Math.abs(share - (team === '0 (50.0 %)' ? 0.5 : 0.25)) < 0.02, `${team}: ${share}`);
});

it('samples without weight do not widen the posterior', () => {
  const samples = Array.from({ length: 1000 }, (_, i) => ({ x: i < 10 ? 1e6 : i / 1000 }));
  const weights = samples.map((_, i) => (i < 10 ? 1e-9 : 1));
  const result = { samples, weights };
  const [chart] = corner({ name: 'weighted', config: {}, result, generations: [], samples: [] });
  const largest = [...JSON.stringify(chart!.spec).matchAll(/"to":([\d.e+]+)/g)].map(([, to]) => Number(to));
  assert.ok(Math.max(...largest) < 1);
});

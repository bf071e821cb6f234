/** The examples of grids say the same, to the last digit, on every fabric and layout, and paint the same pictures. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { launch, type FabricName } from '../harness/launch.ts';

/** What each is run with, to be short, and says. */
const EXAMPLES: Readonly<Record<string, readonly [args: string, says: RegExp]>> = {
  'diffusion.ts': ['--steps 40', /^hottest 0\.\d+; heat is kept: true$/],
  'wave.ts': ['--steps 15', /^loudness \d+\.\d+; the mean is kept: true$/],
  'gray-scott.ts': ['--steps 60', /^v from \S+ to 0\.\d+$/],
  'acoustic.ts': ['--cells 96 --steps 40', /^loudness \d+\.\d+; the mean is kept: true$/],
  'shallow-water.ts': ['--cells 80 --steps 30', /^depth at most 1\.\d+, \S+ in all; water is kept: true$/],
  'cavity.ts': ['--cells 32 --steps 60', /^u = -?\d\S+ in the middle, speed \d+\.\d+$/],
  'stokes.ts': [
    '--cells 24 --steps 1',
    /^\d+ iterations; rises at 0\.\d+, temperature \S+\nforces balance: true; warmth is kept: true$/,
  ],
};
const LAYOUTS: readonly [FabricName, number][] = [
  ['solo', 1],
  ['threads', 4],
  ['openmpi', 3],
  ['mpich', 2],
];

const folder = mkdtempSync(join(tmpdir(), 'grid-examples-'));
after(() => rmSync(folder, { recursive: true }));

let first: string | undefined;
for (const [fabric, n] of LAYOUTS)
  it(`${n} on ${fabric}`, async () => {
    const picture = (name: string, on = fabric) => join(folder, `${on}-${name}.png`);
    const programs = Object.entries(EXAMPLES).map(
      ([name, [args]]) => `${name} ${args} --out ${picture(name)}`,
    );
    const { code, stdout, all } = await launch(fabric, n, 'test/grid/programs/examples.ts', [
      programs.join(' , '),
    ]);
    assert.equal(code, 0, all);
    for (const [name, [, says]] of Object.entries(EXAMPLES)) {
      assert.match(stdout.split(`begins: ${name}\n`)[1]?.split(/\nbegins: |\n$/)[0] ?? '', says);
      assert.deepEqual(readFileSync(picture(name)), readFileSync(picture(name, 'solo')), name);
    }
    assert.equal(stdout, (first ??= stdout));
  });

it('flow in the cavity comes to the steady state that is known', async () => {
  const { code, stdout, all } = await launch('solo', 1, 'examples/grid/cavity.ts', [
    '--cells',
    '32',
    '--steps',
    '2000',
  ]);
  assert.equal(code, 0, all);
  const u = Number(/u = (\S+)/.exec(stdout)![1]);
  // Of second order: 0.0066 away with 32 cells, 0.0016 with 64.
  assert.ok(Math.abs(u + 0.20915) < 0.008, stdout);
});

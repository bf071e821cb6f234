/** Ranks in TypeScript, Python and C in one job: they speak MPI to each other. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CLI, ROOT, start } from '../harness/launch.ts';

const PROGRAMS = `${ROOT}test/interop/programs`;
const folder = mkdtempSync(join(tmpdir(), 'interop-'));
const families = ['openmpi', 'mpich'] as const;
type Family = (typeof families)[number];

before(() => {
  for (const family of families)
    execFileSync(`mpicc.${family}`, ['-O1', `${PROGRAMS}/talk.c`, '-o', join(folder, family)]);
});
after(() => rmSync(folder, { recursive: true }));

const commands = (family: Family) => ({
  TypeScript: [process.execPath, CLI, `${PROGRAMS}/talk.ts`],
  // Of Debian, which builds its mpi4py for Open MPI.
  Python: ['/usr/bin/python3', `${PROGRAMS}/talk.py`],
  C: [join(folder, family)],
});
type Language = keyof ReturnType<typeof commands>;

const casts: [Family, Language[]][] = [
  ['openmpi', ['TypeScript', 'Python']],
  ['openmpi', ['Python', 'TypeScript']],
  ['openmpi', ['TypeScript', 'C']],
  ['openmpi', ['C', 'TypeScript', 'Python', 'TypeScript']],
  ['mpich', ['TypeScript', 'C']],
  ['mpich', ['C', 'TypeScript', 'TypeScript']],
];

describe('one job of several languages', () => {
  for (const [family, cast] of casts) {
    it(`${family}: ${cast.join(', ')}`, async () => {
      const ranks = cast.flatMap((language, i) => [
        ...(i === 0 ? [] : [':']),
        ...['-n', '1', ...commands(family)[language]],
      ]);
      const more = family === 'openmpi' ? ['--oversubscribe'] : [];
      const { code, stdout, all } = await start(`mpirun.${family}`, [...more, ...ranks]);
      assert.equal(code, 0, all);
      // Launchers mix lines now and then.
      cast.forEach((language, rank) =>
        assert.ok(stdout.includes(`${language} rank ${rank} of ${cast.length}: ok`), all),
      );
    });
  }
});

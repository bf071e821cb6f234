/** C files compiled on demand: once, for this user alone, with the compiler's words where it refuses. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { buildNative, NativeBuildError } from '../../src/internal/native-build.ts';

const home = mkdtempSync(join(tmpdir(), 'flotilla-native-'));
after(() => rmSync(home, { recursive: true }));
const env = { XDG_CACHE_HOME: home };
const folder = join(home, 'flotilla');

const code = (answer: number) => `
#include <node_api.h>
#ifndef ADD
#define ADD 0
#endif
napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value answer;
  napi_create_int32(env, ${answer} + ADD, &answer);
  return answer;
}`;

function load(file: string): unknown {
  const module = { exports: {} };
  process.dlopen(module, file);
  return module.exports;
}

/** A compiler that notes each call, and takes long enough for others to come meanwhile. */
function noting(): { compiler: string; calls: () => number } {
  const compiler = join(home, `cc-${Math.random().toString(36).slice(2)}`);
  writeFileSync(`${compiler}.log`, '');
  writeFileSync(compiler, `#!/bin/sh\necho call >> "$0.log"\nsleep 0.3\nexec cc "$@"\n`);
  chmodSync(compiler, 0o755);
  return { compiler, calls: () => readFileSync(`${compiler}.log`, 'utf8').split('\n').length - 1 };
}

it('compiles a text or a file once, and another time for another key, flag or text', () => {
  const { compiler, calls } = noting();
  const source = join(home, 'answer.c');
  writeFileSync(source, code(41));
  const build = { name: 'answer', source, compiler, env };
  const first = buildNative(build);
  assert.equal(load(first), 41);
  assert.equal(buildNative(build), first);
  assert.equal(calls(), 1);
  const others = [
    { ...build, flags: ['-DADD=1'] },
    { ...build, key: ['another'] },
    { ...build, libraries: ['-lm'] },
    { ...build, source: { code: code(43) } },
  ].map(buildNative);
  assert.equal(new Set([first, ...others]).size, 5);
  assert.deepEqual(others.map(load), [42, 41, 41, 43]);
  assert.equal(calls(), 5);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.ok(
    readdirSync(folder).every((name) => name.endsWith('.node')),
    'no locks, no unfinished files',
  );
});

it('compiles once when several processes need it at the same time', async () => {
  const { compiler, calls } = noting();
  const module = new URL('../../src/internal/native-build.ts', import.meta.url).href;
  const program = `
    import { buildNative } from ${JSON.stringify(module)};
    process.stdout.write('ready');
    process.stdin.once('data', () => {
      console.log(buildNative(${JSON.stringify({ name: 'race', source: { code: code(7) }, compiler, env })}));
      process.exit();
    });`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  await Promise.all(children.map((child) => new Promise((resolve) => child.stdout.once('data', resolve))));
  const files = await Promise.all(
    children.map(async (child) => {
      let text = '';
      child.stdin.write('go');
      for await (const part of child.stdout) text += String(part);
      return text.trim();
    }),
  );
  assert.equal(new Set(files).size, 1);
  assert.equal(load(files[0]!), 7);
  assert.equal(calls(), 1);
});

it('a lock left by a process that died does not count, nor an old one of another machine', () => {
  const build = { name: 'left', source: { code: code(1) }, compiler: 'cc', env };
  const lock = `${buildNative(build)}.lock`;
  const gone = 2 ** 22 + 1; // beyond any process number of Linux
  for (const [text, age] of [
    [JSON.stringify({ host: hostname(), pid: gone, born: '1' }), 0],
    [JSON.stringify({ host: 'another-machine', pid: 1, born: '1' }), 3600],
    ['', 3600],
  ] as const) {
    rmSync(lock.replace(/\.lock$/, ''));
    writeFileSync(lock, text);
    utimesSync(lock, new Date(), new Date(Date.now() - age * 1000));
    assert.equal(load(buildNative(build)), 1);
    assert.ok(!readdirSync(folder).some((name) => name.includes('.lock')));
  }
});

it("errors carry the compiler's words, and leave nothing behind", () => {
  const build = { name: 'broken', source: { code: 'int main( { wrong' }, compiler: 'cc', env };
  assert.throws(
    () => buildNative(build),
    (error: unknown) => {
      assert.ok(error instanceof NativeBuildError);
      assert.equal(error.code, 'ERR_COMPILER');
      assert.match(error.said, /<stdin>:1:\d+: error:/);
      assert.match(error.message, /^broken could not be compiled with cc:\n {2}<stdin>/);
      return true;
    },
  );
  assert.ok(!readdirSync(folder).some((name) => name.startsWith('broken')));
  for (const compiler of [undefined, 'no-such-cc'])
    assert.throws(() => buildNative({ ...build, compiler }), {
      code: 'ERR_COMPILER',
      message: /must be compiled once, and .* is missing/,
    });
  const file = join(home, 'file');
  writeFileSync(file, '');
  assert.throws(() => buildNative({ ...build, env: { XDG_CACHE_HOME: file } }), {
    code: 'ERR_CACHE',
    message: /file\/flotilla cannot be made: ENOTDIR/,
  });
});

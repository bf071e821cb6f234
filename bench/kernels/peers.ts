/** Peers of kernels: a textbook loop in C, plain JavaScript; and memory in large pages. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cells } from '../../src/kernel/index.ts';
import type { Runner } from './setup.ts';

/** An addon of C code by gcc -O3 -march=native. */
function addon(code: string): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'bench-kernels-'));
  const source = join(folder, 'addon.c');
  const file = join(folder, 'addon.node');
  writeFileSync(source, code);
  const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers') as {
    include_dir: string;
  };
  const flags = ['-O3', '-march=native', '-ffp-contract=off', '-shared', '-fPIC', `-I${headers}`];
  execFileSync('gcc', [...flags, source, '-o', file]);
  const module = { exports: {} };
  process.dlopen(module, file);
  return module.exports;
}

/** A loop as a textbook has it, compiled by gcc -O3 -march=native: no text of ours. */
export function textbook(cells: readonly [Cells, Cells], n: readonly number[], real: string): Runner {
  const [next, now] = cells;
  const { pitch } = next;
  const code = `#include <node_api.h>
#include <stdint.h>
static void step(${real} *restrict a, const ${real} *restrict b, ${real} k, int low, int high) {
  for (int j = low; j < high; j++)
    for (int i = 0; i < ${n[0]}; i++)
      a[j * ${pitch} + i] = b[j * ${pitch} + i] + k * (b[j * ${pitch} + i + 1] + b[j * ${pitch} + i - 1] + b[(j + 1) * ${pitch} + i] + b[(j - 1) * ${pitch} + i] - 4 * b[j * ${pitch} + i]);
}
static napi_value run(napi_env env, napi_callback_info info) {
  size_t count = 3; napi_value v[3]; char *data; int low, high;
  napi_get_cb_info(env, info, &count, v, 0, 0);
  napi_get_typedarray_info(env, v[0], 0, 0, (void **)&data, 0, 0);
  napi_get_value_int32(env, v[1], &low); napi_get_value_int32(env, v[2], &high);
  step((${real} *)(data + ${next.offset}), (const ${real} *)(data + ${now.offset}), (${real})0.1, low, high);
  return 0;
}
NAPI_MODULE_INIT() { napi_value f; napi_create_function(env, "run", 3, run, 0, &f); napi_set_named_property(env, exports, "run", f); return exports; }
`;
  const { run } = addon(code) as { run: (array: Uint8Array, low: number, high: number) => void };
  const array = 'buffer' in next.memory ? new Uint8Array(next.memory.buffer) : new Uint8Array();
  return (low, high) => run(array, low, high);
}

/** The loop in JavaScript, in two copies: V8 makes the best of a function that sees arrays of one type. */
export function plain([next, now]: readonly [Cells, Cells], n: readonly number[]): Runner {
  if (!('buffer' in next.memory)) throw new TypeError('not in the host');
  const { buffer } = next.memory;
  const [width = 1] = n;
  const { pitch } = next;
  const size = next.type === 'f64' ? 8 : 4;
  const [to, from] = [next.offset / size, now.offset / size];
  if (next.type === 'f64') {
    const array = new Float64Array(buffer);
    return (low, high) => plain64(array, to, from, pitch, width, 0.1, low, high);
  }
  const array = new Float32Array(buffer);
  return (low, high) => plain32(array, to, from, pitch, width, 0.1, low, high);
}

function plain64(
  array: Float64Array,
  to: number,
  from: number,
  pitch: number,
  width: number,
  k: number,
  low: number,
  high: number,
): void {
  for (let j = low; j < high; j++) {
    const a = to + j * pitch;
    const b = from + j * pitch;
    for (let i = 0; i < width; i++)
      array[a + i] =
        array[b + i]! +
        k *
          (array[b + i + 1]! +
            array[b + i - 1]! +
            array[b + i + pitch]! +
            array[b + i - pitch]! -
            4 * array[b + i]!);
  }
}

function plain32(
  array: Float32Array,
  to: number,
  from: number,
  pitch: number,
  width: number,
  k: number,
  low: number,
  high: number,
): void {
  for (let j = low; j < high; j++) {
    const a = to + j * pitch;
    const b = from + j * pitch;
    for (let i = 0; i < width; i++)
      array[a + i] =
        array[b + i]! +
        k *
          (array[b + i + 1]! +
            array[b + i - 1]! +
            array[b + i + pitch]! +
            array[b + i - pitch]! -
            4 * array[b + i]!);
  }
}

/** Asks for large pages for memory not yet touched: madvise(2), MADV_HUGEPAGE. */
export function inLargePages(bytes: Uint8Array): void {
  const code = `#include <node_api.h>
#include <stdint.h>
#include <sys/mman.h>
static napi_value run(napi_env env, napi_callback_info info) {
  size_t count = 1, length; napi_value v[1], found; char *data;
  napi_get_cb_info(env, info, &count, v, 0, 0);
  napi_get_typedarray_info(env, v[0], 0, &length, (void **)&data, 0, 0);
  napi_create_int32(env, madvise((void *)((uintptr_t)data & ~(uintptr_t)4095), length, MADV_HUGEPAGE), &found);
  return found;
}
NAPI_MODULE_INIT() { napi_value f; napi_create_function(env, "run", 1, run, 0, &f); napi_set_named_property(env, exports, "run", f); return exports; }
`;
  (addon(code) as { run(bytes: Uint8Array): number }).run(bytes);
}

/** Bytes of this process in large pages. */
export function largePages(): number {
  const [, kilobytes = '0'] =
    /^AnonHugePages:\s+(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8')) ?? [];
  return 1024 * Number(kilobytes);
}

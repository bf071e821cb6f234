/** C texts of many kernels in one file, so that the compiler is started once. */
import { buildNative } from '../../src/internal/native-build.ts';
import { compile, kindsOf, type Kernel } from '../../src/kernel/index.ts';
import { args, type Fields } from './random-kernels.ts';
import { Rig, unitAxes, type RigOptions } from './rig.ts';

interface Together {
  run(memory: Uint8Array, index: number, block: number, x1: number, y1: number): void;
}

const PAGE = 65536;
const GLUE = `
#include <node_api.h>
static napi_value run(napi_env env, napi_callback_info info)
{
  size_t count = 5;
  napi_value v[5];
  void *data;
  int32_t n[4];
  napi_get_cb_info(env, info, &count, v, NULL, NULL);
  napi_get_typedarray_info(env, v[0], NULL, NULL, &data, NULL, NULL);
  for (int i = 0; i < 4; i++) napi_get_value_int32(env, v[1 + i], &n[i]);
  table[n[0]](data, (const uint32_t *)((char *)data + n[1]), 0, n[2], 0, n[3], 0, 1);
  return NULL;
}
NAPI_MODULE_INIT()
{
  napi_value function;
  napi_create_function(env, "run", NAPI_AUTO_LENGTH, run, NULL, &function);
  napi_set_named_property(env, exports, "run", function);
  return exports;
}
`;

/**
 * Compiles the text that `native` makes of each kernel, with less optimization, which must not matter. Returns runs of one by its number, from the values
 * that all rigs begin with; arguments are found in the page where the engine `wasm` has left them.
 */
export function compiledTogether(
  kernels: readonly Kernel<Fields>[],
  options: RigOptions,
): (index: number) => Float64Array | Float32Array {
  const shape = new Rig(options);
  const texts = kernels.map((kernel, i) => {
    const kinds = kindsOf(args(new Rig(options)));
    const text = compile(kernel, kinds, { dims: shape.dims }).source('c', shape.pitch, shape.plane);
    const [helpers, body] = text.split('\n/* random:') as [string, string];
    return { helpers, body: `/* random:${body.replace('void kernel(', `static void kernel_${i}(`)}` };
  });
  const table = `static void (*table[])(char *, const uint32_t *, int, int, int, int, int, int) = { ${kernels.map((_, i) => `kernel_${i}`).join(', ')} };\n`;
  const code = `${texts[0]!.helpers}\n${texts.map(({ body }) => body).join('\n')}${table}${GLUE}`;
  const flags = ['-O1', '-march=native', '-ffp-contract=off', '-fno-math-errno', '-fno-trapping-math', '-w'];
  const file = buildNative({
    name: 'kernel-test',
    source: { code },
    compiler: 'cc',
    flags,
    libraries: ['-lm'],
  });
  const module = { exports: {} as Together };
  process.dlopen(module, file);
  return (index) => {
    const rig = new Rig(options);
    const before = rig.all().slice();
    const given = args(rig);
    const box = rig.box();
    compile(kernels[index]!, kindsOf(given), { dims: rig.dims }).bind(given, unitAxes(rig.dims)).run(box);
    rig.all().set(before);
    const { buffer } = rig.memory;
    module.exports.run(new Uint8Array(buffer), index, buffer.byteLength - PAGE, box.hi[0]!, box.hi[1]!);
    return rig.all();
  };
}

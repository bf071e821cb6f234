import { axesFor, checkFields, gather, type Gathered } from './arguments.ts';
import { Block, Page } from './block.ts';
import type { Bound } from './bound.ts';
import { Bounds } from './bounds.ts';
import { ENGINES, type Box, type EngineName, type Plan, type SourceLanguage } from './engine.ts';
import { KernelError } from './error.ts';
import { factsOf, type Facts } from './facts.ts';
import { bytesOf, type Axis, type Cells } from './fields.ts';
import { GpuBound, GpuEngine } from './gpu/engine.ts';
import type { GpuCompute } from './gpu/webgpu.ts';
import { Interpretation } from './interpret/engine.ts';
import type { Kernel } from './kernel.ts';
import { fieldsOf, keyOf, kindOf, type Kinds } from './kinds.ts';
import type { Given } from './language.ts';
import { layoutOf } from './layout.ts';
import { NativeEngine } from './native/engine.ts';
import { Team } from './threads/team.ts';
import { trace, type Subject } from './trace/trace.ts';
import type { Entry, WasmMemory } from './wasm/api.ts';
import { WasmEngine } from './wasm/engine.ts';
import { watOf } from './wasm/wat.ts';

/** How a kernel is compiled. */
export interface CompileOptions {
  /** `'wasm'` by default. The environment variable FLOTILLA_KERNEL replaces an engine of the CPU by another, such as `interpret`. */
  readonly engine?: EngineName;
  /** Dimensions of the grid; those of the fields' places by default. */
  readonly dims?: number;
  /** Whether each dimension is divided evenly; function axes are not. All are by default. */
  readonly uniform?: readonly boolean[];
  /** Threads that share each run, this one included: helpers on the same memory, for `wasm` and `native`. 1 by default. */
  readonly threads?: number;
  /** For `gpu`: the device that has the fields, from `gpuDevice()` or anywhere. */
  readonly device?: GpuCompute;
}

/** A kernel compiled for kinds of arguments. */
export interface Compiled<A = never> extends Facts {
  readonly name: string;
  readonly engine: EngineName;
  readonly dims: number;
  /**
   * Checks arguments and prepares them for runs.
   *
   * @param axes one a dimension; unit cells from 0 by default
   * @throws KernelError ERR_ARGUMENT, ERR_RACE, ERR_ENGINE
   */
  bind(args: Given<A>, axes?: readonly Axis[]): Bound;
  /**
   * Text of the kernel in the language of an engine.
   *
   * @param pitch elements a row of the grid that the text is for, where it tells them
   */
  source(language: SourceLanguage, pitch?: number, plane?: number): string;
}

const compiled = new WeakMap<object, Map<string, CompiledKernel>>();

/** Kinds of the arguments that a caller gives: what `compile` compiles for. */
export function kindsOf(args: object): Kinds {
  const kind = kindOf(args);
  return kind?.kind === 'group' ? kind.members : {};
}

/**
 * Compiles a kernel for kinds of arguments, or finds it compiled.
 *
 * @throws KernelError with the kernel's name and the words at fault, where it is not in the language or breaks its rules
 * @example
 * const compiledHeat = compile(heat, kindsOf({ next, now, k: 0.1 }));
 * compiledHeat.bind({ next, now, k: 0.1 }).run({ lo: [0, 0], hi: [nx, ny] });
 */
export function compile<A>(kernel: Kernel<A>, kinds: Kinds, options: CompileOptions = {}): Compiled<A> {
  const engine = engineFor(kernel.name, options.engine);
  const fields = [...fieldsOf(kinds)];
  const dims = options.dims ?? fields[0]?.[1].place.length ?? 1;
  const uniform = Array.from({ length: dims }, (_, dim) => options.uniform?.[dim] ?? true);
  const device = engine === 'gpu' ? deviceOf(kernel.name, options.device) : undefined;
  const threads = options.threads ?? 1;
  const key = `${engine} ${threads} ${numberOf(device)} ${uniform.join()} ${keyOf(kinds)}`;
  const known = compiled.get(kernel) ?? new Map<string, CompiledKernel>();
  compiled.set(kernel, known);
  let made = known.get(key);
  if (made === undefined) {
    const type = fields[0]?.[1].type ?? 'f64';
    const other = fields.find(([, field]) => field.type !== type);
    if (other !== undefined) {
      const message = `${fields[0]![0]} is of ${type} and ${other[0]} of ${other[1].type}: a kernel computes in one type`;
      throw new KernelError('ERR_ARGUMENT', kernel.name, message);
    }
    made = new CompiledKernel(kernel, engine, { kinds, dims, uniform, type }, { device, threads });
    known.set(key, made);
  }
  return made;
}

function engineFor(kernel: string, wanted: EngineName = 'wasm'): EngineName {
  const variable = process.env.FLOTILLA_KERNEL;
  const name = variable === undefined || variable === '' || wanted === 'gpu' ? wanted : variable;
  const engine = ENGINES.find((each) => each === name);
  if (engine !== undefined) return engine;
  throw new KernelError('ERR_ENGINE', kernel, `there is no engine ${name}; there are ${ENGINES.join(', ')}`);
}

function deviceOf(kernel: string, device: GpuCompute | undefined): GpuCompute {
  if (device !== undefined) return device;
  throw new KernelError(
    'ERR_ENGINE',
    kernel,
    'the engine gpu needs a device: compile(kernel, kinds, { engine: "gpu", device: await gpuDevice() })',
  );
}

const devices = new WeakMap<GpuCompute, number>();
let deviceCount = 0;

/** A number for each device; 0 for none. */
function numberOf(device: GpuCompute | undefined): number {
  if (device === undefined) return 0;
  const number = devices.get(device) ?? ++deviceCount;
  devices.set(device, number);
  return number;
}

class CompiledKernel implements Compiled {
  readonly name: string;
  readonly dims: number;
  readonly reads: Facts['reads'];
  readonly writes: Facts['writes'];
  readonly needs: Facts['needs'];
  readonly reach: Facts['reach'];
  readonly diagonal: boolean;
  readonly flops: number;
  readonly bytes: number;
  readonly plan: Plan;
  readonly device: GpuCompute | undefined;
  readonly threads: number;
  readonly #facts: Facts;
  readonly #wasm: WasmEngine;
  readonly #native: NativeEngine;
  readonly #gpu: GpuEngine;

  constructor(
    kernel: Kernel<never>,
    readonly engine: EngineName,
    subject: Subject,
    { device, threads }: { readonly device: GpuCompute | undefined; readonly threads: number },
  ) {
    this.device = device;
    this.threads = threads;
    if (engine === 'gpu' && subject.type === 'f64')
      throw new KernelError(
        'ERR_ARGUMENT',
        kernel.name,
        'WGSL has no f64: make fields of type f32 for the engine gpu',
      );
    const { dims, type } = subject;
    const traced = trace(kernel, subject);
    const { name } = kernel;
    this.plan = { kernel, name, subject, traced, layout: layoutOf(traced), type, dims };
    this.#facts = factsOf(traced, type);
    const { reads, writes, needs, reach, diagonal, flops, bytes } = this.#facts;
    this.needs = needs;
    [this.name, this.dims, this.reads, this.writes, this.reach] = [name, dims, reads, writes, reach];
    [this.diagonal, this.flops, this.bytes] = [diagonal, flops, bytes];
    this.#wasm = new WasmEngine(this.plan);
    this.#native = new NativeEngine(this.plan);
    this.#gpu = new GpuEngine(this.plan);
  }

  bind(args: Readonly<Record<string, unknown>>, given?: readonly Axis[]): Bound {
    const { plan } = this;
    const axes = axesFor(plan, given);
    const gathered = gather(plan, args, axes);
    const first = checkFields(plan, gathered.fields);
    if (first === undefined || plan.traced.stores.length === 0) return NOTHING;
    const bounds = new Bounds(plan, this.#facts, gathered.fields);
    if (this.engine === 'interpret')
      return new InterpretedBound(new Interpretation(plan, gathered, args, axes), bounds);
    if (this.device !== undefined) return this.#onGpu(this.device, first, gathered, axes, bounds);
    const memory = this.#memory(first);
    const engine = this.engine === 'native' ? this.#native : this.#wasm;
    let entry = engine.entry(first.pitch, first.plane, memory);
    if (this.threads > 1) {
      const portable = engine.portable(first.pitch, first.plane, memory);
      entry = Team.of(memory, this.threads).shared(plan.name, entry, portable);
    }
    return new BlockBound(new Block(plan, gathered, axes), Page.of(memory, plan.name), entry, bounds);
  }

  #onGpu(device: GpuCompute, first: Cells, gathered: Gathered, axes: readonly Axis[], bounds: Bounds): Bound {
    const { memory, pitch, plane } = first;
    if ('buffer' in memory)
      throw new KernelError(
        'ERR_ARGUMENT',
        this.name,
        'its fields must lie in a buffer of the device for the engine gpu',
      );
    const block = new Block(this.plan, gathered, axes, bytesOf(this.plan.type));
    return new GpuBound(this.plan, device, this.#gpu.pipeline(device, pitch, plane), block, bounds, memory);
  }

  #memory({ memory }: Cells): WasmMemory {
    if ('buffer' in memory) return memory;
    throw new KernelError(
      'ERR_ARGUMENT',
      this.name,
      `its fields must lie in a WebAssembly memory for the engine ${this.engine}`,
    );
  }

  source(language: SourceLanguage, pitch = 1024, plane = 0): string {
    if (language === 'wat') return watOf(this.#wasm.code(pitch, plane));
    if (language === 'c') return this.#native.text(pitch, plane);
    return this.#gpu.text(pitch, plane);
  }
}

const NOTHING: Bound = { run: () => undefined, set: () => undefined };

class InterpretedBound implements Bound {
  constructor(
    readonly interpretation: Interpretation,
    readonly bounds: Bounds,
  ) {}

  run(box: Box): void {
    const { lo, hi } = box;
    this.bounds.check(lo[0] ?? 0, hi[0] ?? 1, lo[1] ?? 0, hi[1] ?? 1, lo[2] ?? 0, hi[2] ?? 1);
    this.interpretation.run(box);
  }

  set(name: string, value: number): void {
    this.interpretation.setNumber(name, value);
  }
}

class BlockBound implements Bound {
  constructor(
    readonly block: Block,
    readonly page: Page,
    readonly entry: Entry,
    readonly bounds: Bounds,
  ) {}

  run({ lo, hi }: Box): void {
    const x0 = lo[0] ?? 0;
    const y0 = lo[1] ?? 0;
    const z0 = lo[2] ?? 0;
    const x1 = hi[0] ?? 1;
    const y1 = hi[1] ?? 1;
    const z1 = hi[2] ?? 1;
    if (x0 >= x1 || y0 >= y1 || z0 >= z1) return;
    this.bounds.check(x0, x1, y0, y1, z0, z1);
    this.page.hold(this.block);
    this.entry(this.page.offset, x0, x1, y0, y1, z0, z1);
  }

  set(name: string, value: number): void {
    if (this.block.setNumber(name, value)) this.page.release(this.block);
  }
}

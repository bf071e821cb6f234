import type { Communicator } from '../comm/index.ts';
import type { CompileOptions, ProcessOptions } from '../kernel/index.ts';
import { OptionChecks } from '../internal/index.ts';
import { self } from '../world.ts';
import { mustAgree } from './agree.ts';
import { layoutFor, type Decomposition } from './decompose.ts';
import { GridError } from './error.ts';
import { RankGpu } from './gpu/device.ts';
import { checkNative } from './probe.ts';
import { topologyOf, type Topology } from './topology.ts';

/** Engines that run kernels on the CPU. */
export type CpuEngine = 'wasm' | 'native' | 'interpret';
/** What runs kernels. */
export type Engine = CpuEngine | 'gpu';

/** How ranks and their cores are used. */
export interface ArchitectureOptions<E extends Engine = CpuEngine> {
  /** Ranks along each dimension, x first; 0 where the grid may choose. Default: the first grid chooses all. */
  readonly dims?: readonly number[];
  /** Whether each dimension closes on itself; one value for all. Default: none does. */
  readonly periodic?: boolean | readonly boolean[];
  /** What kernels run on, `'wasm'` by default. With `'gpu'` launches return promises, fields are of f32, and this call is collective. */
  readonly engine?: E;
  /** For `'gpu'`: where to look for one. By default the ranks of a node take its adapters in turn. */
  readonly device?: ProcessOptions;
  /** Threads of a rank that share each launch, itself included; 1 by default. For one rank a node. */
  readonly threads?: number;
  /** `'messages'` sends halos as messages also to ranks of the same node. Default `'auto'`: through shared memory there. */
  readonly exchange?: 'auto' | 'messages';
}

const check = new OptionChecks((operation, message) => new GridError('ERR_ARGUMENT', message, { operation }));
const OPTIONS = ['dims', 'periodic', 'engine', 'threads', 'exchange', 'device'];

/** Ranks, their layout and what computes on them. Made by `architecture()`. */
export class Architecture<E extends Engine = CpuEngine> {
  readonly comm: Communicator;
  readonly engine: E;
  readonly threads: number;
  readonly exchange: 'auto' | 'messages';
  readonly #dims: readonly number[];
  readonly #periodic: boolean | readonly boolean[];
  /** @internal This rank's GPU, with the engine `gpu`. */
  readonly gpu: RankGpu | undefined;
  #topology: Topology | undefined;
  #grids = 0;

  /** @internal */
  constructor(comm: Communicator, options: ArchitectureOptions<E>) {
    const { dims = [], periodic = false, engine = 'wasm', threads = 1, exchange = 'auto' } = options;
    check.names('architecture', options, OPTIONS);
    for (const extent of dims) check.wholeNumber('architecture', 'dims', extent, 0);
    check.wholeNumber('architecture', 'threads', threads, 1);
    this.engine = check.oneOf('architecture', 'engine', engine, ['wasm', 'native', 'interpret', 'gpu']) as E;
    this.exchange = check.oneOf('architecture', 'exchange', exchange, ['auto', 'messages']);
    this.comm = comm;
    this.threads = threads;
    this.#dims = dims;
    this.#periodic = periodic;
    this.gpu = engine === 'gpu' ? new RankGpu(comm, options.device ?? {}) : undefined;
  }

  /**
   * Where this rank stands. The first grid decides the layout.
   *
   * @throws GridError ERR_GRID before there is a grid
   */
  get topology(): Topology {
    if (this.#topology !== undefined) return this.#topology;
    throw new GridError(
      'ERR_GRID',
      'the layout of ranks is decided by the first grid: make it before asking for the topology',
      {
        operation: 'topology',
      },
    );
  }

  /** @internal How kernels are compiled. */
  get compileOptions(): CompileOptions {
    const { engine, threads, gpu } = this;
    return { engine, threads, ...(gpu !== undefined && { device: gpu.device }) };
  }

  /** @internal Whether kernels are interpreted, and writes through `data` watched. */
  get interprets(): boolean {
    return this.#runs === 'interpret';
  }

  /** What kernels run on in truth. */
  get #runs(): string {
    const { FLOTILLA_KERNEL: instead = '' } = process.env;
    return instead === '' ? this.engine : instead;
  }

  /** @internal Number of the next grid: the same on all ranks. */
  nextGrid(): number {
    return this.#grids++;
  }

  /** @internal Whether a dimension closes on itself. */
  periodic(dims: number): boolean[] {
    const periodic = this.#periodic;
    if (typeof periodic !== 'boolean' && periodic.length !== dims)
      throw new GridError('ERR_GRID', `periodic has ${periodic.length} entries for ${dims} dimensions`, {
        operation: 'architecture',
      });
    return Array.from({ length: dims }, (_, d) => (typeof periodic === 'boolean' ? periodic : periodic[d]!));
  }

  /** @internal Collective: the layout for a grid; that of the first grid, where it fits. */
  layOut(cells: readonly number[], halo: number): Topology {
    const given = this.#topology?.dims ?? this.#dims;
    mustAgree(this.comm, 'architecture', JSON.stringify([given, this.#periodic, cells, halo]));
    if (given.length > 0 && given.length !== cells.length)
      throw new GridError(
        'ERR_GRID',
        `a grid of ${cells.length} dimensions on an architecture of ${given.length}`,
        {
          operation: 'architecture',
        },
      );
    const problem: Decomposition = {
      cells,
      wanted: given,
      periodic: this.periodic(cells.length),
      halo,
      ranks: this.comm.size,
    };
    const dims = layoutFor(problem);
    if (this.#topology === undefined && this.#runs === 'native') checkNative(this.comm);
    this.#topology ??= topologyOf(this.comm, dims, problem.periodic);
    return this.#topology;
  }
}

/**
 * The ranks of a communicator as what grids are computed on. Without one: this rank alone.
 *
 * @throws GridError ERR_ARGUMENT for options that make no sense; with the engine `gpu` ERR_ENGINE on all ranks, where one of them has no GPU
 * @example
 * const arch = architecture(world(), { periodic: [true, false] });
 */
export function architecture<E extends Engine = CpuEngine>(
  comm: Communicator = self(),
  options: ArchitectureOptions<E> = {},
): Architecture<E> {
  return new Architecture(comm, options);
}

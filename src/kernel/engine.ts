import type { ElementType } from './fields.ts';
import type { Layout } from './layout.ts';
import type { Kernel } from './kernel.ts';
import type { Subject, Traced } from './trace/trace.ts';

/** How a kernel is run. */
export type EngineName = 'wasm' | 'native' | 'interpret' | 'gpu';

export const ENGINES: readonly EngineName[] = ['wasm', 'native', 'interpret', 'gpu'];

/** Points to compute, by local indices: from `lo` up to but not including `hi`, x first. */
export interface Box {
  readonly lo: readonly number[];
  readonly hi: readonly number[];
}

/** A traced kernel with all that a generator needs, but for the grid's pitch and plane. */
export interface Plan {
  readonly kernel: Kernel<never>;
  readonly name: string;
  readonly subject: Subject;
  readonly traced: Traced;
  readonly layout: Layout;
  readonly type: ElementType;
  readonly dims: number;
}

/** Text that an engine makes of a kernel. */
export type SourceLanguage = 'wat' | 'c' | 'wgsl';

import { compile, KernelError, type Compiled, type Kernel, type Kind, type Kinds } from '../kernel/index.ts';
import type { Prepared } from './prepare.ts';
import { UsageError } from './usage-error.ts';

/** What `flotilla kernel show` prints of a kernel. */
export type ShownLanguage = 'wat' | 'c' | 'wgsl' | 'none';

/** The kernels that a file exports, compiled for fields at centers, and their text. */
export async function showKernels(
  prepared: Prepared,
  language: ShownLanguage,
  dims: number,
  places: readonly string[],
): Promise<string> {
  const exported = (await import(prepared.url)) as Readonly<Record<string, unknown>>;
  const kernels = Object.entries(exported).filter((entry): entry is [string, Kernel<object>] =>
    isKernel(entry[1]),
  );
  if (kernels.length === 0) throw new UsageError('the file exports no kernel: export const heat = kernel(…)');
  const given = new Map(
    places.map((each): [string, string] => [each.split('=')[0]!, each.split('=')[1] ?? '']),
  );
  return kernels.map(([name, kernel]) => shown(name, kernel, language, dims, given)).join('\n');
}

function isKernel(value: unknown): value is Kernel<object> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'fn' in value &&
    'name' in value &&
    typeof value.fn === 'function'
  );
}

function shown(
  name: string,
  kernel: Kernel<object>,
  language: ShownLanguage,
  dims: number,
  places: ReadonlyMap<string, string>,
): string {
  try {
    const compiled = compile(kernel, guessed(kernel, dims, places, language), { dims, engine: 'wasm' });
    const text = language === 'none' ? '' : `\n${compiled.source(language)}`;
    return `${facts(name, compiled)}${text}`;
  } catch (error) {
    if (error instanceof KernelError) return `${name}: refused: ${error.message}\n`;
    throw error;
  }
}

function facts(name: string, { reads, writes, reach, diagonal, flops, bytes }: Compiled): string {
  const list = [...reads.keys()].map((field) => {
    const { low, high } = reach.get(field)!;
    return `  reads ${field} from (${low.join(', ')}) to (${high.join(', ')})\n`;
  });
  const corners = diagonal ? 'reads diagonal neighbors' : 'reads no diagonal neighbors';
  return `${name}\n${list.join('')}  writes ${writes.join(', ')}\n  ${corners}; ${flops} flops and ${bytes} bytes a point\n`;
}

/** Kinds of the arguments, from how the source uses them: x.here and x.at are fields, x.y.here members, all else numbers. */
function guessed(
  kernel: Kernel<object>,
  dims: number,
  places: ReadonlyMap<string, string>,
  language: ShownLanguage,
): Kinds {
  const source = Function.prototype.toString.call(kernel.fn);
  const type = language === 'wgsl' ? 'f32' : 'f64';
  const kinds: Record<string, Kind> = {};
  for (let attempt = 0; attempt < 64; attempt++) {
    try {
      compile(kernel, kinds, { dims, engine: 'wasm' });
      return kinds;
    } catch (error) {
      const missing =
        error instanceof KernelError ? /the argument (\S+) is not given/.exec(error.message)?.[1] : undefined;
      const number =
        error instanceof KernelError ? /^[^:]*: ([\w$]+) is no number/.exec(error.message)?.[1] : undefined;
      if (number !== undefined && kinds[number]?.kind === 'field') kinds[number] = { kind: 'number' };
      else if (missing === undefined || missing.includes('.')) throw error;
      else kinds[missing] = kindOf(missing);
    }
  }
  return kinds;

  function kindOf(name: string): Kind {
    const place = (full: string, otherwise: string) => places.get(full) ?? otherwise;
    const members = new Set(
      [...source.matchAll(new RegExp(`\\b${name}\\.(x|y|z|xx|yy|zz|xy|xz|yz|[cv]{1,3})\\b`, 'g'))].map(
        ([, member]) => member!,
      ),
    );
    const vector = new RegExp(`\\b(?:div|vmag)\\(${name}\\b`).test(source);
    if (vector) for (const member of ['x', 'y', 'z'].slice(0, dims)) members.add(member);
    const field = (full: string, otherwise: string): Kind => ({
      kind: 'field',
      place: place(full, otherwise),
      type,
    });
    if (members.size > 0)
      return {
        kind: 'group',
        members: Object.fromEntries(
          [...members].map((member) => [member, field(`${name}.${member}`, standard(member, dims))]),
        ),
      };
    const used = new RegExp(`\\b${name}\\.(?:here|at)\\b|[(,]\\s*${name}\\s*[,)]`).test(source);
    return used ? field(name, 'c'.repeat(dims)) : { kind: 'number' };
  }
}

/** Place of a member of a vector, a tensor or a mask. */
function standard(member: string, dims: number): string {
  if (/^[cv]+$/.test(member)) return member;
  const diagonal = /^(.)\1$/.test(member);
  const vertices = diagonal ? '' : member;
  return ['x', 'y', 'z']
    .slice(0, dims)
    .map((x) => (vertices.includes(x) ? 'v' : 'c'))
    .join('');
}

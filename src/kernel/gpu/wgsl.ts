import { axisName, FIRST_WORDS, type Layout } from '../layout.ts';
import { ordered, uses, type Node, type Store } from '../ir/node.ts';
import { expressionOf, literal, type Dialect } from '../text/expression.ts';

/** What a WGSL text is made for: f32, one buffer for all fields. */
export interface WgslProgram {
  readonly name: string;
  readonly stores: readonly Store[];
  readonly layout: Layout;
  readonly pitch: number;
  readonly plane: number;
}

/** Invocations of a workgroup along x. */
export const WORKGROUP = 64;
/** Words of the arguments before those of the layout: low and high of the box in each dimension. */
export const BOX_WORDS = 6;

const refuse = () => {
  throw new TypeError('operations on bits are inside functions that WGSL has itself');
};

/** The WGSL text of a kernel: one invocation a point. Division, square roots and transcendental functions are those of the driver. */
export function wgslText({ name, stores, layout, pitch, plane }: WgslProgram): string {
  const roots = stores.map(({ value }) => value);
  const names = new Map<Node, string>();
  const word = (index: number) => `w[${BOX_WORDS + index}]`;
  const base = (field: string) => word(FIRST_WORDS + layout.fields.indexOf(field));
  const axis = (key: string) =>
    word(FIRST_WORDS + layout.fields.length + layout.axes.findIndex((slot) => axisName(slot) === key));
  const point = ['x', 'y', 'z'];
  const element = (field: string, offset: readonly number[]) =>
    `m[${base(field)} + at + ${offset[0]! + (offset[1] ?? 0) * pitch + (offset[2] ?? 0) * plane}]`;
  const dialect: Dialect = {
    leaf: ({ op, name: argument, offset, dim }) => {
      if (op === 'number')
        return `bitcast<f32>(${word(layout.numbersAt / 4 + layout.numbers.indexOf(argument))})`;
      if (op === 'index') return `f32(${word(dim)} + ${point[dim]})`;
      if (op === 'axis') return `m[${axis(`${argument} ${dim}`)} + ${point[dim]} + ${offset[0]}]`;
      return element(argument, offset);
    },
    constant: ({ type, value }) => (type === 'boolean' ? (value === 1 ? 'true' : 'false') : constant(value)),
    names: { nearest: 'round' },
    select: (condition, a, b) => `select(${b}, ${a}, ${condition})`,
    bits: { iadd: refuse, iand: refuse, ior: refuse, ishl: refuse, ishr: refuse },
    transcendental: (op, args) => (op === 'pow' ? `power(${args.join(', ')})` : `${op}(${args.join(', ')})`),
    and: '&&',
    or: '||',
  };
  const counts = uses(roots);
  let body = '';
  for (const node of ordered(roots)) {
    if ((counts.get(node) ?? 0) < 2 || node.op === 'const') continue;
    const expression = expressionOf(node, names, dialect);
    names.set(node, `v${node.id}`);
    body += `  let v${node.id} = ${expression};\n`;
  }
  const writes = stores.map(
    ({ name: field, value }) => `  ${element(field, [0])} = ${expressionOf(value, names, dialect)};\n`,
  );
  return `// ${name}: ${layout.fields.join(', ')}
@group(0) @binding(0) var<storage, read_write> m: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<i32>;

// Math.pow: WGSL leaves pow of a negative base undefined.
fn power(a: f32, b: f32) -> f32 {
  let odd = abs(b - 2.0 * trunc(b / 2.0)) == 1.0;
  return select(pow(abs(a), b), -pow(abs(a), b), a < 0.0 && odd);
}

@compute @workgroup_size(${WORKGROUP})
fn run(@builtin(global_invocation_id) id: vec3<u32>) {
  let x = w[0] + i32(id.x);
  let y = w[2] + i32(id.y);
  let z = w[4] + i32(id.z);
  if (x >= w[1]) {
    return;
  }
  let at = x + y * ${pitch} + z * ${plane};
${body}${writes.join('')}}
`;
}

function constant(value: number): string {
  // WGSL has no literal for what is not finite; the bits of a number can be anything at run time.
  if (!Number.isFinite(value)) return `bitcast<f32>(select(${bits(value)}u, 0u, w[1] == -2147483647))`;
  return literal(value, 'f');
}

const bits = (value: number) => new Uint32Array(new Float32Array([value]).buffer)[0]!;

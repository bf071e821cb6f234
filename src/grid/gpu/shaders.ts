/** Invocations of a workgroup, which count along all points of a box together. */
export const GROUP = 64;
/** Workgroups along x at most; the rest goes on along y. */
export const ROW_GROUPS = 32768;

const BEGIN = `@group(0) @binding(0) var<storage, read_write> m: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<i32>;

@compute @workgroup_size(${GROUP})
fn run(@builtin(global_invocation_id) id: vec3<u32>) {
  let n = i32(id.x + id.y * ${ROW_GROUPS * GROUP}u);`;

/** Words of a copy: points along x, y, z; then for what is read and what is written the first element, and elements from row to row and plane to plane. */
export const copyText = (): string => `${BEGIN}
  if (n >= w[0] * w[1] * w[2]) {
    return;
  }
  let x = n % w[0];
  let y = (n / w[0]) % w[1];
  let z = n / (w[0] * w[1]);
  m[w[6] + x + y * w[7] + z * w[8]] = m[w[3] + x + y * w[4] + z * w[5]];
}
`;

/**
 * Words of a wall: points along the inner and the outer dimension with elements from one to the next, first ghost, elements from a ghost to the value within,
 * where values begin (−1: one for all), and a, k and that value as bits.
 */
export const wallText = (): string => `${BEGIN}
  if (n >= w[0] * w[2]) {
    return;
  }
  let at = w[4] + (n % w[0]) * w[1] + (n / w[0]) * w[3];
  var v = bitcast<f32>(w[9]);
  if (w[6] >= 0) {
    v = m[w[6] + n];
  }
  if (w[5] == 0) {
    m[at] = v;
  } else {
    let b = m[at + w[5]];
    m[at] = b + bitcast<f32>(w[8]) * (v - bitcast<f32>(w[7]) * b);
  }
}
`;

/** Workgroups for so many points. */
export function groupsFor(points: number): readonly [number, number, number] {
  const groups = Math.ceil(points / GROUP);
  return [Math.min(groups, ROW_GROUPS), Math.ceil(groups / ROW_GROUPS), 1];
}

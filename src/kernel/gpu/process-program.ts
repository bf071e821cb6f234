import { WANTED } from './device.ts';

/** What the process of a device is told when it starts. */
export interface ProcessData {
  /** Address of the package `webgpu`. */
  readonly address: string;
  readonly backend: string | undefined;
  /** Which of the adapters to take, counted around. */
  readonly turn: number;
}

/** What it answers: once what the device can, then what was read. */
export type Answer =
  | {
      readonly limits: Readonly<
        Record<'maxStorageBufferBindingSize' | 'maxComputeWorkgroupsPerDimension', number>
      >;
    }
  | { readonly read: Uint8Array }
  | { readonly failure: string };

/** Where it writes its answers; what it is told comes by its standard input. */
export const ANSWERS_FD = 3;
/** Bytes before each message: its length. */
export const LENGTH_BYTES = 4;

/** Something to do on the device. Buffers, pipelines and groups have numbers. */
export type Command =
  | { readonly do: 'buffer'; readonly id: number; readonly size: number; readonly usage: number }
  | { readonly do: 'destroy'; readonly id: number }
  /** A larger buffer takes the place of one, with what that has. */
  | { readonly do: 'grow'; readonly id: number; readonly size: number }
  | { readonly do: 'pipeline'; readonly id: number; readonly code: string; readonly entryPoint: string }
  | {
      readonly do: 'group';
      readonly id: number;
      readonly pipeline: number;
      readonly entries: readonly { readonly binding: number; readonly buffer: number }[];
    }
  | { readonly do: 'write'; readonly id: number; readonly offset: number; readonly data: Uint8Array }
  | {
      readonly do: 'dispatch';
      readonly pipeline: number;
      readonly group: number;
      readonly counts: readonly number[];
    }
  /** To be answered. */
  | { readonly do: 'read'; readonly id: number; readonly offset: number; readonly bytes: number }
  | { readonly do: 'lose' };

/**
 * The program of a device's process, as text: it needs no loader, whatever the language of the user's program. It has the event loop that WebGPU's answers need,
 * so that the rank which uses the device may be blocked meanwhile; and Dawn, which ends its process where it is left while it waits for an answer, ends none
 * but this. Batches are done one after the other; once something has failed, reads are answered with that.
 */
export function deviceProgram(): string {
  return `
const { writeSync } = require('node:fs');
const { deserialize, serialize } = require('node:v8');
const { address, backend, turn } = JSON.parse(process.argv[1]);
const MAP_READ = 1;
const COPY_DST = 8;
const BATCHES = 32;
let device;
let kept;
let failure;
let batches = 0;
const buffers = new Map();
const pipelines = new Map();
const groups = new Map();
const fail = (message) => void (failure ??= message);
function write(bytes) {
  for (let from = 0; from < bytes.length; ) from += writeSync(${ANSWERS_FD}, bytes, from);
}
function answer(value) {
  const bytes = serialize(value);
  const length = Buffer.alloc(${LENGTH_BYTES});
  length.writeUInt32LE(bytes.length);
  write(length);
  write(bytes);
}
async function namesOf(create, options) {
  // Dawn tells adapters by refusing one that is not there.
  try {
    await create([...options, 'adapter=(none of them)']).requestAdapter({ featureLevel: 'compatibility' });
    return [];
  } catch (error) {
    return [...new Set([...String(error.message).matchAll(/name: '(.*)'/g)].map(([, name]) => name))];
  }
}
async function open() {
  const { create } = await import(address);
  const tried = [];
  for (const options of backend === undefined ? [[], ['backend=opengles']] : [['backend=' + backend]]) {
    const names = await namesOf(create, options);
    const chosen = names.length > 1 ? ['adapter=' + names[turn % names.length]] : [];
    const gpu = create([...options, ...chosen]);
    for (const featureLevel of ['core', 'compatibility']) {
      const adapter = await gpu.requestAdapter({ featureLevel });
      tried.push((options[0] ?? 'default backends') + ' (' + featureLevel + ')');
      if (adapter === null) continue;
      // Dawn ends its devices when its object is collected.
      kept = [gpu, adapter];
      const requiredLimits = Object.fromEntries(${JSON.stringify(WANTED)}.map((name) => [name, adapter.limits[name]]));
      device = await adapter.requestDevice({ requiredLimits });
      device.addEventListener('uncapturederror', ({ error }) => fail(error.message));
      device.lost.then(({ message, reason }) => fail('the device was lost: ' + (message || reason)));
      return;
    }
  }
  throw new Error('no GPU was found; tried ' + tried.join(', '));
}
function groupOf({ pipeline, entries }) {
  return device.createBindGroup({
    layout: pipelines.get(pipeline).getBindGroupLayout(0),
    entries: entries.map(({ binding, buffer }) => ({ binding, resource: { buffer: buffers.get(buffer) } })),
  });
}
let encoder;
let pass;
function encode() {
  encoder ??= device.createCommandEncoder();
  return encoder;
}
function endPass() {
  pass?.end();
  pass = undefined;
}
function submit() {
  endPass();
  if (encoder !== undefined) device.queue.submit([encoder.finish()]);
  encoder = undefined;
}
const reads = [];
const commands = {
  buffer({ id, size, usage }) {
    buffers.set(id, device.createBuffer({ size, usage }));
  },
  destroy({ id }) {
    submit();
    buffers.get(id).destroy();
    buffers.delete(id);
  },
  grow({ id, size }) {
    const old = buffers.get(id);
    const buffer = device.createBuffer({ size, usage: old.usage });
    endPass();
    encode().copyBufferToBuffer(old, 0, buffer, 0, old.size);
    submit();
    old.destroy();
    buffers.set(id, buffer);
    for (const group of groups.values())
      if (group.entries.some((entry) => entry.buffer === id)) group.made = groupOf(group);
  },
  pipeline({ id, code, entryPoint }) {
    const module = device.createShaderModule({ code });
    pipelines.set(id, device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint } }));
  },
  group({ id, pipeline, entries }) {
    const group = { pipeline, entries };
    groups.set(id, { ...group, made: groupOf(group) });
  },
  write({ id, offset, data }) {
    submit();
    device.queue.writeBuffer(buffers.get(id), offset, data);
  },
  dispatch({ pipeline, group, counts }) {
    pass ??= encode().beginComputePass();
    pass.setPipeline(pipelines.get(pipeline));
    pass.setBindGroup(0, groups.get(group).made);
    pass.dispatchWorkgroups(...counts);
  },
  read({ id, offset, bytes }) {
    const staging = device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });
    endPass();
    encode().copyBufferToBuffer(buffers.get(id), offset, staging, 0, bytes);
    reads.push(staging);
  },
  lose() {
    device.destroy();
  },
};
async function run(batch) {
  for (const command of batch) commands[command.do](command);
  submit();
  for (const staging of reads) {
    await staging.mapAsync(MAP_READ);
    if (failure === undefined) answer({ read: new Uint8Array(staging.getMappedRange()) });
    staging.unmap();
    staging.destroy();
    if (failure !== undefined) break;
    answered = true;
  }
  // Neither commands nor what they use pile up where the host is faster than the device.
  if (++batches % BATCHES === 0) await device.queue.onSubmittedWorkDone();
}
let answered = false;
/** A batch has one read at most, as its last command. */
async function handle(batch) {
  answered = false;
  reads.length = 0;
  try {
    if (failure === undefined) await run(batch);
  } catch (error) {
    fail(error.message);
  }
  if (!answered && batch.at(-1)?.do === 'read') answer({ failure });
}
let last = open().then(
  () => {
    const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupsPerDimension } = device.limits;
    const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    answer({ limits: { maxStorageBufferBindingSize: most, maxComputeWorkgroupsPerDimension } });
  },
  (error) => {
    fail(error.message);
    answer({ failure });
  },
);
let pending = [];
let length = 0;
function take(bytes) {
  pending.push(bytes);
  length += bytes.length;
  for (;;) {
    if (length < ${LENGTH_BYTES}) return;
    if (pending[0].length < ${LENGTH_BYTES}) pending = [Buffer.concat(pending)];
    const end = ${LENGTH_BYTES} + pending[0].readUInt32LE();
    if (length < end) return;
    const all = pending.length === 1 ? pending[0] : Buffer.concat(pending);
    const batch = deserialize(all.subarray(${LENGTH_BYTES}, end));
    pending = all.length > end ? [all.subarray(end)] : [];
    length -= end;
    last = last.then(() => handle(batch));
  }
}
process.stdin.on('data', take);
// The rank has ended. Whatever Dawn is at, this process is done.
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'));
`;
}

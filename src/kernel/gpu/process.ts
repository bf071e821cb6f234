import { execFileSync, spawn, type StdioOptions } from 'node:child_process';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { describeError, temporaryFolder } from '../../internal/index.ts';
import { KernelError } from '../error.ts';
import { dawnAddress, INSTALL, type DeviceOptions } from './device.ts';
import {
  ANSWERS_FD,
  deviceProgram,
  LENGTH_BYTES,
  type Answer,
  type Command,
  type ProcessData,
} from './process-program.ts';
import type { GpuCompute, GpuMemory, GpuPipeline } from './webgpu.ts';

/** How to find a GPU, and which. */
export interface ProcessOptions extends DeviceOptions {
  /** Number of this program among those that share a machine's adapters: each takes the next one, by their names. */
  readonly turn?: number;
}

/** Commands sent together at most. */
const BATCH = 256;

/** Memory of a device in another process. */
class RemoteMemory implements GpuMemory {
  size: number;

  constructor(
    readonly device: GpuProcess,
    readonly id: number,
    size: number,
    readonly usage: number,
    readonly label: string,
  ) {
    this.size = size;
  }

  destroy(): void {
    this.device.add({ do: 'destroy', id: this.id });
  }
}

/** What the other process knows by a number. */
interface Numbered {
  readonly id: number;
}

interface RemotePipeline extends GpuPipeline, Numbered {}

/** A dispatch, or several, as they were recorded. */
class Recorded {
  readonly commands: Command[] = [];
}

/**
 * A GPU device in a process of its own. WebGPU answers through the event loop only; here a program may wait for a result while it is blocked, as one does that
 * exchanges messages, and a driver that crashes is an error. Kernels take it as their device. Commands are collected and go there with `flush`, or with
 * the next `read`.
 */
export class GpuProcess implements GpuCompute {
  readonly limits: GpuCompute['limits'];
  readonly queue: GpuCompute['queue'] = {
    writeBuffer: (buffer, offset, data) => {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
      this.add({ do: 'write', id: numberOf(buffer), offset, data: bytes });
    },
    submit: (recorded) => {
      for (const each of recorded) for (const command of (each as Recorded).commands) this.add(command);
    },
  };
  readonly #pipes: Pipes;
  #batch: Command[] = [];
  #numbers = 0;
  #failure: string | undefined;

  /** @throws KernelError ERR_ENGINE, with what was tried and what to install */
  constructor({ backend, turn = 0 }: ProcessOptions = {}) {
    this.#pipes = startProcess({ address: dawnAddress(), backend, turn });
    const first = this.#answer();
    if ('limits' in first) this.limits = first.limits;
    else {
      const words = 'failure' in first ? first.failure : 'the device does not answer';
      throw new KernelError('ERR_ENGINE', 'gpu', `${words}. To have one, ${INSTALL}`);
    }
  }

  /** What has failed, in the words of the device, as of the last read: it was lost, say. From then on nothing is done any more. */
  get failure(): string | undefined {
    return this.#failure;
  }

  createBuffer({ size, usage, label = '' }: { size: number; usage: number; label?: string }): RemoteMemory {
    const buffer = new RemoteMemory(this, ++this.#numbers, size, usage, label);
    this.add({ do: 'buffer', id: buffer.id, size, usage });
    return buffer;
  }

  /** Makes a buffer larger; what it has stays, and what was bound to it stays bound. */
  grow(buffer: GpuMemory, size: number): void {
    const remote = remoteOf(buffer);
    this.add({ do: 'grow', id: remote.id, size });
    remote.size = size;
  }

  createShaderModule({ code }: { code: string }): { readonly code: string } {
    return { code };
  }

  createComputePipeline({ compute }: Parameters<GpuCompute['createComputePipeline']>[0]): GpuPipeline {
    const { code } = compute.module as { readonly code: string };
    // Its layout is known by its own number.
    const pipeline: RemotePipeline = { id: ++this.#numbers, getBindGroupLayout: () => pipeline };
    this.add({ do: 'pipeline', id: pipeline.id, code, entryPoint: compute.entryPoint });
    return pipeline;
  }

  createBindGroup({ layout, entries }: Parameters<GpuCompute['createBindGroup']>[0]): Numbered {
    const group = { id: ++this.#numbers };
    const numbered = entries.map(({ binding, resource }) => ({
      binding,
      buffer: numberOf(resource.buffer),
    }));
    this.add({ do: 'group', id: group.id, pipeline: (layout as Numbered).id, entries: numbered });
    return group;
  }

  createCommandEncoder(): ReturnType<GpuCompute['createCommandEncoder']> {
    const recorded = new Recorded();
    let pipeline = 0;
    let group = 0;
    return {
      beginComputePass: () => ({
        setPipeline: (each) => (pipeline = (each as RemotePipeline).id),
        setBindGroup: (_, each) => (group = (each as Numbered).id),
        dispatchWorkgroups: (x, y, z) =>
          recorded.commands.push({ do: 'dispatch', pipeline, group, counts: [x, y, z] }),
        end: () => undefined,
      }),
      finish: () => recorded,
    };
  }

  /** Copies from a buffer, when all that was submitted before is done. Blocks. Leaves the memory as it is where the device has failed. */
  read(buffer: GpuMemory, offset: number, into: Uint8Array): void {
    this.#batch.push({ do: 'read', id: numberOf(buffer), offset, bytes: into.length });
    this.flush();
    if (this.#failure !== undefined) return;
    const answer = this.#answer();
    if ('read' in answer) into.set(answer.read);
    else this.#failure = 'failure' in answer ? answer.failure : 'the device has failed';
  }

  /** Sends the commands so far. */
  flush(): void {
    if (this.#batch.length === 0) return;
    const bytes = serialize(this.#batch);
    this.#batch = [];
    if (this.#failure !== undefined) return;
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    try {
      for (const part of [length, bytes])
        for (let from = 0; from < part.length;) from += writeSync(this.#pipes.commands, part, from);
    } catch (error) {
      this.#failure = `its process has ended: ${describeError(error)}`;
    }
  }

  /** Gives the device up, as one that is lost. */
  lose(): void {
    this.add({ do: 'lose' });
    this.flush();
  }

  /** @internal */
  add(command: Command): void {
    this.#batch.push(command);
    if (this.#batch.length >= BATCH) this.flush();
  }

  #answer(): Answer {
    const length = this.#receive(LENGTH_BYTES);
    const bytes = length && this.#receive(length.readUInt32LE());
    return bytes === undefined ? { failure: 'its process has ended' } : (deserialize(bytes) as Answer);
  }

  /** So many bytes; undefined where the process has ended. */
  #receive(length: number): Buffer | undefined {
    const bytes = Buffer.allocUnsafe(length);
    for (let from = 0; from < length;) {
      const read = readSync(this.#pipes.answers, bytes, from, length - from, null);
      if (read === 0) return undefined;
      from += read;
    }
    return bytes;
  }
}

/** This side's ends of the pipes to a device's process. */
interface Pipes {
  readonly commands: number;
  readonly answers: number;
}

/** Pipes with names for a moment: Node's own are for event loops, and can be waited for in no other way. */
function startProcess(data: ProcessData): Pipes {
  const folder = temporaryFolder();
  const [commands, answers] = ['commands', 'answers'].map((name) => join(folder.path, name)) as [
    string,
    string,
  ];
  try {
    execFileSync('mkfifo', ['-m', '600', commands, answers], { stdio: 'ignore' });
    // Opening one end waits for the other, unless somebody has both.
    const both = [commands, answers].map((path) => openSync(path, 'r+'));
    const theirs = [openSync(commands, 'r'), openSync(answers, 'w')] as const;
    const ours = { commands: openSync(commands, 'w'), answers: openSync(answers, 'r') };
    const stdio: StdioOptions = [theirs[0], 'ignore', 'ignore', 'ignore'];
    stdio[ANSWERS_FD] = theirs[1];
    const env = { ...process.env, NODE_OPTIONS: '' };
    spawn(process.execPath, ['-e', deviceProgram(), JSON.stringify(data)], { stdio, env }).unref();
    for (const end of [...both, ...theirs]) closeSync(end);
    return ours;
  } catch (cause) {
    throw new KernelError(
      'ERR_ENGINE',
      'gpu',
      `the process of a device cannot be started: ${describeError(cause)}`,
      {
        cause,
      },
    );
  } finally {
    folder.remove();
  }
}

function remoteOf(buffer: GpuMemory): RemoteMemory {
  if (buffer instanceof RemoteMemory) return buffer;
  throw new KernelError('ERR_ARGUMENT', 'gpu', 'the buffer belongs to another device');
}

const numberOf = (buffer: GpuMemory) => remoteOf(buffer).id;

/**
 * A GPU device in a process of its own, for programs that block.
 *
 * @throws KernelError ERR_ENGINE, with what was tried and what to install
 * @example
 * const device = gpuProcess();
 * const memory = device.createBuffer({ size, usage: Usage.STORAGE | Usage.COPY_SRC | Usage.COPY_DST });
 */
export function gpuProcess(options: ProcessOptions = {}): GpuProcess {
  return new GpuProcess(options);
}

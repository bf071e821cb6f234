import type { MessagePort } from 'node:worker_threads';
import type { RanksMemory } from '../../ranks.ts';
import type { Reference } from '../task.ts';

/** What a worker thread is given. */
export interface WorkerData {
  readonly flotillaPool: {
    readonly rank: number;
    readonly toWorker: SharedArrayBuffer;
    readonly fromWorker: SharedArrayBuffer;
    readonly claims: SharedArrayBuffer;
    readonly port: MessagePort;
    readonly concurrency: number;
    readonly initializer: Reference | undefined;
    readonly initializerArgs: readonly unknown[];
  };
}

/** What makes workers the ranks of an SPMD section. */
export interface Section {
  readonly memory: RanksMemory;
  /** The same while the workers are. */
  readonly key: number;
}

import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { Program } from '../fabric.ts';
import type { Engine } from './engine.ts';

/** What a rank asks of the thread that starts ranks. Numbers are those of communicators and ranks of the job. */
export interface SpawnRequest {
  readonly program: Program;
  readonly family: Omit<Family, 'children'>;
}

/** Spawned ranks and those that they were spawned by, with the numbers of the communicators between them. */
export interface Family {
  readonly parents: Int32Array;
  readonly children: Int32Array;
  readonly world: number;
  readonly across: number;
  readonly union: number;
}

export type SpawnReply = { readonly children: Int32Array } | { readonly refusal: string };

/** How a rank reaches the thread that starts ranks. */
export type Launcher = () => MessagePort;

/** Asks for ranks and waits for the answer; this rank's messages go on meanwhile. */
export function askForRanks(engine: Engine, launcher: Launcher, request: SpawnRequest): SpawnReply {
  const port = launcher();
  let reply: SpawnReply | undefined;
  port.postMessage(request);
  engine.watchLauncher(() => {
    reply ??= receiveMessageOnPort(port)?.message as SpawnReply | undefined;
    return reply !== undefined;
  });
  return reply!;
}

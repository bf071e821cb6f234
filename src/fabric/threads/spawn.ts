import { realpathSync } from 'node:fs';
import { hostname } from 'node:os';
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

/** Why threads cannot have what was asked for their ranks, if they cannot. */
export function refusalOf({ cwd, hosts }: Program): string | undefined {
  if (cwd !== undefined && realpathSync(cwd) !== realpathSync(process.cwd()))
    return `ranks over threads share the working folder of their process, ${process.cwd()}: they cannot work in ${cwd}`;
  const elsewhere = hosts?.find((host) => host !== hostname() && host !== 'localhost');
  if (elsewhere === undefined) return undefined;
  return `ranks over threads are on the host of their process, ${hostname()}: not on ${elsewhere}`;
}

/** The environment of new ranks. */
export function environmentOf({ env, changes }: Program): Record<string, string> {
  const all = Object.entries({ ...env, ...changes });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

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

/** The thread that serves the live view: the rank's own thread computes, and its event loop may never turn. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { NewestReader, type NewestMemory } from './newest.ts';

/** What the rank tells its server. */
export interface ServerData {
  readonly host: string;
  readonly port: number;
  readonly memory: NewestMemory;
  readonly page: string;
  /** Content-Security-Policy of the page: nothing from elsewhere. */
  readonly policy: string;
  /** Tells this run from others at the same port. */
  readonly run: string;
}

/** What the server tells the rank, once: where it listens, or why it does not. */
export type ServerAnswer =
  | { readonly port: number }
  | { readonly refused: { readonly code: string | undefined; readonly message: string } };

/** Milliseconds that browsers have to fetch the last frame. */
const FAREWELL_MS = 1000;
/** Milliseconds after which a browser that has lost the connection tries again. */
const RETRY_MS = 500;

const { host, port, memory, page, policy, run } = workerData as ServerData;
const reader = new NewestReader(memory);
const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(host);
const streams = new Set<ServerResponse>();
/** The newest frame where it was written, its number, and its copy once one was asked for. */
let newest: { readonly piece: SharedArrayBuffer; readonly number: number } | undefined;
let copy: Buffer | undefined;
let isEnding = false;

/** A page of another site whose name leads here (DNS rebinding) must not read what this host alone may see. */
function isOwnName({ headers }: IncomingMessage): boolean {
  const name = (headers.host ?? '').replace(/:\d+$/, '');
  return !isLoopback || ['127.0.0.1', '[::1]', 'localhost'].includes(name);
}

function sendFrame(response: ServerResponse): void {
  if (newest === undefined) return void response.writeHead(404).end('there is no frame yet\n');
  // The piece is overwritten while a slow browser is still being sent to.
  copy ??= Buffer.from(new Uint8Array(newest.piece));
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': copy.length,
    'cache-control': 'no-store',
  });
  response.end(copy);
}

/** Tells a browser the number of the newest frame; one that does not read hears of a later one. */
function tell(stream: ServerResponse): void {
  if (newest !== undefined && !stream.writableNeedDrain) stream.write(`data: ${run} ${newest.number}\n\n`);
}

function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(`retry: ${RETRY_MS}\n\n`);
  streams.add(response);
  response.on('drain', () => tell(response));
  response.on('close', () => {
    streams.delete(response);
    if (isEnding && streams.size === 0) end();
  });
  tell(response);
}

const server = createServer((request, response) => {
  response.on('error', () => undefined); // a browser that has gone
  response.setHeader('x-content-type-options', 'nosniff');
  if (!isOwnName(request)) return void response.writeHead(403).end('not by this name\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
  switch (request.url) {
    case '/':
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        'cache-control': 'no-store',
      });
      return void response.end(page);
    case '/events':
      return openStream(response);
    case '/frame':
      return sendFrame(response);
    default:
      return void response.writeHead(404).end('there is nothing here\n');
  }
});

function takeNewest(): void {
  const piece = reader.take();
  if (piece === undefined) return;
  newest = { piece, number: new Float64Array(piece, 0, 1)[0]! };
  copy = undefined;
}

function end(): void {
  server.closeAllConnections();
  server.close();
  parentPort!.close();
}

/** Browsers fetch the last frame, close their streams, and then all is over; those that do not are left behind. */
function farewell(): void {
  isEnding = true;
  takeNewest();
  if (streams.size === 0) return end();
  for (const stream of streams) stream.write(`event: end\ndata: ${run} ${newest?.number ?? 0}\n\n`);
  setTimeout(end, FAREWELL_MS).unref();
}

parentPort!.on('message', (message: 'frame' | 'end') => {
  if (message === 'end') return farewell();
  takeNewest();
  for (const stream of streams) tell(stream);
});

const answer = (said: ServerAnswer) => parentPort!.postMessage(said);
server.once('error', ({ code, message }: NodeJS.ErrnoException) => answer({ refused: { code, message } }));
server.listen({ host, port }, () => {
  answer({ port: (server.address() as AddressInfo).port });
});

import { schedYield } from '../../internal/index.ts';

/**
 * Words of the control memory that a team shares: `TURN` counts runs and wakes helpers, `DONE` counts parts computed, `LEFT` is where the queues
 * of parts begin, one a thread. The words of a run, from `KERNEL` to `BOX`, are written only while no part is left and none is being computed.
 */
export const Word = {
  TURN: 0,
  DONE: 16,
  SLEEPING: 32,
  JOINING: 33,
  FAILED: 34,
  KERNEL: 48,
  BLOCK: 49,
  DIM: 50,
  PARTS: 51,
  BOX: 52,
  LEFT: 64,
} as const;
/** Words between two queues: they lie in cache lines of their own. */
export const QUEUE_WORDS = 16;

/**
 * The program of a helper thread, as text: a thread needs no loader for it, whatever the language of the user's program. It waits for a run, first
 * awake (two runs of a time loop follow each other closely), then asleep; takes kernels that are new to it; computes parts of its own queue, then
 * of the others'.
 *
 * A part is taken by lowering the count of its queue; below 1 there was none. Where there was, the words of the run stay as they are until the part is done, so they
 * are read afterwards, and it does not matter which run the thread was woken for. While it waits awake it offers its core to other threads, by
 * WASI's sched_yield: where cores are few, one of them may be the thread it waits for.
 */
export function helperSource(): string {
  return `
const { workerData, receiveMessageOnPort } = require('node:worker_threads');
const { control, memory, port, index, size } = workerData;
const LOOKS = 64;
const YIELDS = 100;
const runs = [];
const offer = (${schedYield.toString()})(memory, require);
function take({ id, module, file, address }) {
  if (module !== undefined) {
    runs[id] = new WebAssembly.Instance(module, { env: { memory } }).exports.run;
    return;
  }
  const addon = { exports: {} };
  process.dlopen(addon, file);
  runs[id] = (block, ...box) => addon.exports.run(address, block, ...box);
}
function learn(id) {
  for (let message; runs[id] === undefined && (message = receiveMessageOnPort(port)) !== undefined; )
    take(message.message);
}
function run(queue, part) {
  const c = control;
  const b = ${Word.BOX};
  const dim = 2 * c[${Word.DIM}];
  const low = c[b + dim];
  const length = c[b + dim + 1] - low;
  const parts = c[${Word.PARTS}];
  const each = parts * size;
  const from = low + Math.floor((length * (queue * parts + part)) / each);
  const to = low + Math.floor((length * (queue * parts + part + 1)) / each);
  const id = c[${Word.KERNEL}];
  learn(id);
  const block = c[${Word.BLOCK}];
  if (dim === 0) runs[id](block, from, to, c[b + 2], c[b + 3], c[b + 4], c[b + 5]);
  else if (dim === 2) runs[id](block, c[b], c[b + 1], from, to, c[b + 4], c[b + 5]);
  else runs[id](block, c[b], c[b + 1], c[b + 2], c[b + 3], from, to);
}
function work(queue) {
  const left = ${Word.LEFT} + queue * ${QUEUE_WORDS};
  for (let n; (n = Atomics.sub(control, left, 1)) > 0; ) {
    try {
      run(queue, n - 1);
    } catch {
      Atomics.store(control, ${Word.FAILED}, 1);
    }
    Atomics.add(control, ${Word.DONE}, 1);
    if (Atomics.load(control, ${Word.JOINING}) !== 0) Atomics.notify(control, ${Word.DONE});
  }
}
let seen = 0;
for (;;) {
  let turn = Atomics.load(control, ${Word.TURN});
  for (let yields = 0; yields < YIELDS && turn === seen; yields++) {
    for (let n = 0; n < LOOKS && turn === seen; n++) turn = Atomics.load(control, ${Word.TURN});
    if (turn === seen) offer();
  }
  if (turn === seen) {
    Atomics.store(control, ${Word.SLEEPING}, 1);
    Atomics.wait(control, ${Word.TURN}, seen);
    continue;
  }
  seen = turn;
  try {
    // Before a part is taken, so that nobody waits for it meanwhile. The word may be of a later run already.
    learn(control[${Word.KERNEL}]);
  } catch {
    // Told when a part of it fails.
  }
  for (let i = 0; i < size; i++) work((index + i) % size);
}
`;
}

/** Words of the control memory that a team shares: then come eight words for each helper's part. */
export const Word = { TURN: 0, DONE: 1, SLEEPING: 2, FAILED: 3, PARTS: 8 } as const;
export const PART_WORDS = 8;

/**
 * What a helper thread runs, as text: a thread needs no loader for it, whatever the language of the program. It waits for a turn, first awake (two
 * turns of a time loop follow each other closely), then asleep; takes kernels that are new to it; and computes its part.
 */
export function helperSource(): string {
  return `
const { workerData, receiveMessageOnPort } = require('node:worker_threads');
const { control, memory, port, index } = workerData;
const SPIN = 20000;
const runs = [];
function take({ id, module, file, address }) {
  if (module !== undefined) {
    runs[id] = new WebAssembly.Instance(module, { env: { memory } }).exports.run;
    return;
  }
  const addon = { exports: {} };
  process.dlopen(addon, file);
  runs[id] = (block, ...box) => addon.exports.run(address, block, ...box);
}
let seen = 0;
for (;;) {
  let turn = Atomics.load(control, ${Word.TURN});
  for (let n = 0; n < SPIN && turn === seen; n++) turn = Atomics.load(control, ${Word.TURN});
  if (turn === seen) {
    Atomics.add(control, ${Word.SLEEPING}, 1);
    Atomics.wait(control, ${Word.TURN}, seen);
    Atomics.sub(control, ${Word.SLEEPING}, 1);
    continue;
  }
  seen = turn;
  try {
    for (let message; (message = receiveMessageOnPort(port)) !== undefined; ) take(message.message);
    const p = ${Word.PARTS} + index * ${PART_WORDS};
    const c = control;
    runs[c[p]](c[p + 1], c[p + 2], c[p + 3], c[p + 4], c[p + 5], c[p + 6], c[p + 7]);
  } catch {
    Atomics.store(control, ${Word.FAILED}, 1);
  }
  Atomics.add(control, ${Word.DONE}, 1);
  Atomics.notify(control, ${Word.DONE});
}
`;
}

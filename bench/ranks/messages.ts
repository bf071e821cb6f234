/** Our side of bench/messages.ts: prints `name microseconds`, one way. */
import { SUM, world } from 'flotilla';

const comm = world();
const { rank } = comm;

function bestOf(rounds: number, once: () => void): number {
  let best = Infinity;
  for (let k = 0; k < 5; k++) {
    comm.barrier();
    const start = performance.now();
    for (let i = 0; i < rounds; i++) once();
    best = Math.min(best, ((performance.now() - start) / rounds) * 1e3);
  }
  return best;
}

function memory(bytes: number): () => void {
  const buffer = new Float64Array(bytes / 8);
  return () => {
    if (rank === 0) comm.Send(buffer, 1);
    comm.Recv(buffer, 1 - rank);
    if (rank === 1) comm.Send(buffer, 0);
  };
}

function value(sent: unknown): () => void {
  return () => {
    if (rank === 0) comm.send(sent, 1);
    comm.recv(1 - rank);
    if (rank === 1) comm.send(sent, 0);
  };
}

const results: Record<string, number> = {};
if (comm.size > 2) {
  results.barrier = bestOf(2000, () => comm.barrier());
} else {
  results.small = bestOf(100_000, memory(8)) / 2;
  results.middle = bestOf(300, memory(2 ** 20)) / 2;
  results.large = bestOf(30, memory(2 ** 24)) / 2;
  results.object = bestOf(20_000, value({ id: 7, name: 'alpha', values: [1.5, 2.5, 3.5], ok: true })) / 2;
  results.floatsValue = bestOf(50, value(new Float64Array(1e6))) / 2;
  results.floats = bestOf(50, memory(8e6)) / 2;
  const send = new Float64Array(8);
  const recv = new Float64Array(8);
  results.allreduce = bestOf(50_000, () => comm.Allreduce(send, recv, SUM));
  let best = Infinity;
  const one = new Float64Array(1);
  for (let k = 0; k < 5; k++) {
    comm.barrier();
    const start = performance.now();
    for (let i = 0; i < 5000; i++) {
      if (rank === 0) {
        comm.Send(one, 1);
        await comm.Irecv(one, 1);
      } else {
        comm.Recv(one, 0);
        comm.Send(one, 0);
      }
    }
    best = Math.min(best, ((performance.now() - start) / 5000) * 1e3);
  }
  results.await = best;
  // What an awaiting rank costs while nothing comes: share of a core, in per cent. The peer sleeps.
  comm.barrier();
  if (rank === 0) {
    const request = comm.irecv(1, 5);
    const keep = setInterval(() => undefined, 1000);
    const used = process.cpuUsage();
    const start = performance.now();
    await request;
    const { user, system } = process.cpuUsage(used);
    results.idle = (user + system) / 10 / (performance.now() - start);
    clearInterval(keep);
  } else {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
    comm.send('now', 0, 5);
  }
}
if (rank === 0) for (const [name, figure] of Object.entries(results)) console.log(`${name} ${figure}`);

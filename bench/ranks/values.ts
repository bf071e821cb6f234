/** Our side of bench/values.ts: prints `name microseconds`, one way, of 2 ranks. Ways take turns, so that all meet the same machine. */
import { world } from 'flotilla';

const comm = world();
const peer = 1 - comm.rank;
const rounds = Number(process.argv[2] ?? 200);

/** Sends there and back. */
const both = (send: () => void, receive: () => void) => () => {
  if (comm.rank === 0) send();
  receive();
  if (comm.rank === 1) send();
};

const results: Record<string, number> = {};
for (const length of [1e4, 1e5, 1e6]) {
  const weights = new Float64Array(length);
  const room = new Float64Array(length);
  const value = { weights, step: 3, name: 'layer' };
  const ways = {
    memory: both(
      () => comm.Send(weights, peer),
      () => comm.Recv(room, peer),
    ),
    fresh: both(
      () => comm.Send(weights, peer),
      () => comm.Recv(Buffer.allocUnsafeSlow(8 * length), peer),
    ),
    value: both(
      () => comm.send(value, peer),
      () => void comm.recv(peer),
    ),
  };
  for (let i = 0; i < rounds; i++) {
    for (const [name, way] of Object.entries(ways)) {
      comm.barrier();
      way();
      const start = performance.now();
      way();
      const time = ((performance.now() - start) / 2) * 1e3;
      const key = `${name}-${8 * length}`;
      results[key] = Math.min(results[key] ?? Infinity, time);
    }
  }
}
if (comm.rank === 0) for (const [name, figure] of Object.entries(results)) console.log(`${name} ${figure}`);

/** Threads from 2 to 64 ranks: barrier, allreduce, memory a rank beside that of empty worker threads. */
import { figures, flotilla, inTurn, least, print, type Row } from './table.ts';

const COUNTS = [2, 4, 8, 16, 32, 64];

export async function main(args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? 3);
  const contenders = Object.fromEntries(
    [1, ...COUNTS].map((n) => [String(n), flotilla(n, 'threads', 'scale.ts')]),
  );
  const all = await inTurn(contenders, rounds, least);
  const bare = async (n: number) =>
    (await figures(process.execPath, ['bench/peers/workers.mjs', String(n)])).get('rss') ?? NaN;
  const alone = await bare(0);
  const memory = (n: number) => all.get(String(n))?.get('memory') ?? NaN;
  const rows: Row[] = [];
  for (const n of COUNTS) {
    const of = (what: string) => all.get(String(n))?.get(what) ?? NaN;
    const worker = ((await bare(n)) - alone) / n;
    // What each rank adds to a job of one; the launcher's own 30 MB are no rank's.
    const beyond = (memory(n) - memory(1)) / (n - 1) - worker;
    rows.push({
      what: `${n} ranks`,
      cells: [
        `${of('barrier').toFixed(1)} µs`,
        `${of('allreduce').toFixed(1)} µs`,
        `${worker.toFixed(1)} MB`,
        `${beyond.toFixed(1)} MB`,
      ],
      ratio: beyond / 12,
      bar: '≤ 12 MB beyond',
      met: beyond <= 12,
    });
  }
  print('Threads', ['barrier', 'allreduce of 1 double', 'an empty worker thread', 'a rank beyond it'], rows);
}

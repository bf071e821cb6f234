/**
 * A live view that a test leads: the file `asked` in a folder says how many frames to show, or how to end. Arguments: folder, cells in x, a port that is taken.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FlotillaError, world } from 'flotilla';
import { architecture, field, uniformGrid, vectorField, view } from 'flotilla/grid';

const [folder = '', cells = '40', taken] = process.argv.slice(2);
const comm = world();
const arch = architecture(comm);
const nx = Number(cells);
const grid = uniformGrid(arch, { origin: [0, 0], extent: [1, 0.75], cells: [nx, (nx * 3) / 4] });
const u = field(grid, 'center');
const V = vectorField(grid);
V.x.set((x) => x - 0.5);
V.y.set((x, y) => (x < 0.5 ? NaN : y));

if (taken !== undefined) {
  const refused = await view({ u }, { port: Number(taken) }).catch((error: unknown) => error);
  const said = refused instanceof FlotillaError ? `${refused.code} ${refused.message}` : 'nothing';
  for (const [rank, text] of (comm.gather(said) ?? []).entries()) console.log(`rank ${rank}: ${text}`);
}
const live = await view({ u, V }, { title: 'A test <of> views', range: { 'V.y': [0, 1] } });
if (comm.rank === 0) console.log(`at ${live.url}`);

const pause = new Int32Array(new SharedArrayBuffer(4));
const asked = join(folder, 'asked');
/** What the test asks for next; rank 0 looks for it now and then. */
function next(): string {
  if (comm.rank !== 0) return comm.bcast('', 0);
  for (;;) {
    const text = existsSync(asked) ? readFileSync(asked, 'utf8') : '';
    if (text.endsWith('\n') && text.trim() !== String(live.length)) return comm.bcast(text.trim(), 0);
    Atomics.wait(pause, 0, 0, 2);
  }
}
for (let ending: string | undefined; ending === undefined;) {
  const [wanted, how] = next().split(' ');
  while (live.length < Number(wanted)) {
    const step = live.length + 1;
    u.set((x) => step * x);
    live.frame(step, step / 10);
  }
  if (how === 'close') await live.close();
  ending = how;
}

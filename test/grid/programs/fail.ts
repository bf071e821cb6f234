/** What goes wrong between ranks of a grid, by the first argument. */
import { world } from 'flotilla';
import { architecture, field, launcher, neumann, uniformGrid } from 'flotilla/grid';
import { kernel, type Kernel, type Scalar } from 'flotilla/kernel';

type Smooth = Kernel<{ out: Scalar; f: Scalar }>;
const smooth: Smooth = kernel((_, { out, f }) => {
  out.here = 0.25 * (f.at(1, 0) + f.at(-1, 0) + f.at(0, 1) + f.at(0, -1));
});
const sharpen: Smooth = kernel((_, { out, f }) => {
  out.here = 2 * f.here - 0.25 * (f.at(1, 1) + f.at(-1, -1));
});
const copy: Smooth = kernel((_, { out, f }) => {
  out.here = f.here;
});

const comm = world();
const [way = '', exchange = 'auto'] = process.argv.slice(2);
const arch = architecture(comm, { exchange: exchange === 'messages' ? 'messages' : 'auto' });
const cells = way === 'grids' && comm.rank === 1 ? [40, 41] : [40, 40];
const grid = uniformGrid(arch, { origin: [0, 0], extent: [1, 1], cells });
const launch = launcher(grid);
const boundary = neumann();
const [a, b] = [field(grid, 'center', { boundary }), field(grid, 'center', { boundary })];

for (let step = 0; step < 1_000_000; step++) {
  if (step === 20 && comm.rank === 1) {
    if (way === 'killed') process.kill(process.pid, 'SIGKILL');
    if (way === 'throws') throw new TypeError('rank 1 has had enough');
  }
  a.touch();
  const other = step === 20 && comm.rank === 1 ? { kernels: sharpen, alone: copy }[way] : undefined;
  launch(other ?? smooth, { out: b, f: a });
  if (way === 'fields' && step === 20 && comm.rank === 1) launch(smooth, { out: a, f: b });
}

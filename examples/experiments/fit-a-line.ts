/** A line through measured points, with error bars: slope, offset and scatter inferred from data. */
import { world } from 'flotilla';
import { infer, normal, normalData, run, tmcmc, uniform } from 'flotilla/experiment';

const x = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const y = [1.31, 2.78, 5.35, 6.72, 9.2, 11.18, 12.81, 15.4, 16.84, 19.27];

const { mean, sd } = await run(
  infer({
    variables: {
      slope: { prior: normal(0, 10) },
      offset: { prior: normal(0, 10) },
      scatter: { prior: uniform(0.01, 5) },
    },
    likelihood: normalData(y),
    model: ({ slope, offset, scatter }) => ({ mean: x.map((each) => offset + slope * each), sd: scatter }),
    solver: tmcmc({ population: 400 }),
  }),
);
if (world().rank === 0) {
  console.log(`slope  ${mean.slope.toFixed(2)} ± ${sd.slope.toFixed(2)}`);
  console.log(`offset ${mean.offset.toFixed(1)} ± ${sd.offset.toFixed(1)}`);
}

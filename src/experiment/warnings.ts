import type { Warning } from './solver.ts';

const WORDS: Readonly<Record<Warning, string>> = {
  insertion:
    'new live points do not lie evenly among the others: the evidence may be wrong; use more steps or a larger population',
  mixing: 'the chains had not forgotten where they began when maxSteps was reached: raise maxSteps',
  evidence:
    'the evidence is known to no better than 0.3 in its logarithm: use a larger population, or nested()',
  rHat: 'R-hat above 1.01: the chains have not mixed; run them longer, or look for several peaks',
  ess: 'fewer than 100 effective samples a chain: means and intervals are rough; run the chains longer',
  divergences:
    'divergent trajectories: part of the posterior is out of reach; transform it, or raise acceptance',
  bfmi: 'BFMI below 0.3: the chains move too slowly between energies; transform heavy tails',
  depth: 'trajectories were cut at maxDepth: the sampler is slow here; raise maxDepth or use a dense metric',
};

/** A warning in words, with the name of the solver that it is about. */
export function explain(warning: Warning, solver = 'sampler'): string {
  return `${solver}: ${WORDS[warning]}`;
}

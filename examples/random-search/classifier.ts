/** Logistic regression with an elastic net (Zou & Hastie 2005), by proximal gradient steps, and its cross-validation. */
import type { Table } from './penguins.ts';

export interface Candidate {
  /** Strength of the regularisation. */
  readonly strength: number;
  /** 1: all of it on absolute values (lasso), 0: all on squares (ridge). */
  readonly mix: number;
  readonly learningRate: number;
}

export interface Score {
  /** Mean negative log-likelihood of the rows left out, in nats: what the search minimises. */
  readonly logLoss: number;
  readonly accuracy: number;
}

const EPOCHS = 300;

/** k-fold cross-validation: row r is left out in fold r mod k. */
export function crossValidate(table: Table, candidate: Candidate, folds = 5): Score {
  let loss = 0;
  let right = 0;
  for (let fold = 0; fold < folds; fold++) {
    const weights = train(table, candidate, (row) => row % folds !== fold);
    for (let row = fold; row < table.rows; row += folds) {
      const p = predict(table, weights, row);
      const likelihood = table.labels[row] === 1 ? p : 1 - p;
      loss -= Math.log(Math.max(likelihood, 1e-15));
      if (likelihood > 0.5) right++;
    }
  }
  return { logLoss: loss / table.rows, accuracy: right / table.rows };
}

/** Weights of the columns and, last, the intercept. */
function train(
  table: Table,
  { strength, mix, learningRate }: Candidate,
  used: (row: number) => boolean,
): Float64Array {
  const { columns, features, labels } = table;
  const rows = [...Array(table.rows).keys()].filter(used);
  const weights = new Float64Array(columns + 1);
  const gradient = new Float64Array(columns + 1);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    gradient.fill(0);
    for (const row of rows) {
      const error = predict(table, weights, row) - labels[row]!;
      for (let c = 0; c < columns; c++) gradient[c]! += error * features[row * columns + c]!;
      gradient[columns]! += error;
    }
    for (let c = 0; c <= columns; c++) {
      const penalised = c < columns;
      const ridge = penalised ? strength * (1 - mix) * weights[c]! : 0;
      const step = weights[c]! - learningRate * (gradient[c]! / rows.length + ridge);
      const shrink = penalised ? learningRate * strength * mix : 0;
      weights[c] = Math.sign(step) * Math.max(0, Math.abs(step) - shrink);
    }
  }
  return weights;
}

function predict({ columns, features }: Table, weights: Float64Array, row: number): number {
  let sum = weights[columns]!;
  for (let c = 0; c < columns; c++) sum += weights[c]! * features[row * columns + c]!;
  return 1 / (1 + Math.exp(-sum));
}

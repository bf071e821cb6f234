/** Palmer penguins (Horst, Hill & Gorman 2020), as the npm package vega-datasets ships them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

interface Row {
  readonly Species: string;
  readonly 'Beak Length (mm)': number | null;
  readonly 'Beak Depth (mm)': number | null;
  readonly 'Flipper Length (mm)': number | null;
  readonly 'Body Mass (g)': number | null;
  readonly Sex: string | null;
}

/** A table of numbers, row after row, and a 0/1 label a row. */
export interface Table {
  readonly rows: number;
  readonly columns: number;
  readonly features: Float64Array;
  readonly labels: Uint8Array;
  /** Rows left out because a value is missing. */
  readonly missing: number;
}

const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'];
const MEASURES = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)'] as const;

/** Male or female, from measurements and species: harder than the species itself, which any classifier gets right. */
export function loadPenguins(): Table {
  // The package exports only its code, at build/index.js; its data lies beside that.
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  const file = join(dirname(entry), '../data/penguins.json');
  const all = JSON.parse(readFileSync(file, 'utf8')) as Row[];
  const whole = all.filter(
    (row) => (row.Sex === 'MALE' || row.Sex === 'FEMALE') && MEASURES.every((m) => row[m] !== null),
  );
  const columns = MEASURES.length + SPECIES.length;
  const features = new Float64Array(whole.length * columns);
  whole.forEach((row, r) => {
    MEASURES.forEach((measure, c) => (features[r * columns + c] = row[measure]!));
    SPECIES.forEach(
      (species, s) => (features[r * columns + MEASURES.length + s] = Number(row.Species === species)),
    );
  });
  standardize(features, columns);
  const labels = Uint8Array.from(whole, (row) => Number(row.Sex === 'MALE'));
  return { rows: whole.length, columns, features, labels, missing: all.length - whole.length };
}

/** Mean 0 and standard deviation 1 in each column. */
function standardize(features: Float64Array, columns: number): void {
  const rows = features.length / columns;
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    let squares = 0;
    for (let r = 0; r < rows; r++) sum += features[r * columns + c]!;
    const mean = sum / rows;
    for (let r = 0; r < rows; r++) squares += (features[r * columns + c]! - mean) ** 2;
    const deviation = Math.sqrt(squares / rows);
    for (let r = 0; r < rows; r++)
      features[r * columns + c] = (features[r * columns + c]! - mean) / deviation;
  }
}

/**
 * A matrix from a Matrix Market file, its lowest eigenvectors into another one:
 *
 *     flotilla run -n 4 examples/linalg/files.ts laplacian.mtx.gz vectors.mtx
 */
import { world } from 'flotilla';
import { eigh, readMatrixMarket, writeMatrixMarket } from 'flotilla/linalg';

const [from = 'matrix.mtx', to = 'vectors.mtx'] = process.argv.slice(2);
const operator = readMatrixMarket(from);
const { values, vectors } = eigh(operator, { k: 3 });
const list = Array.from(values, (value) => value.toFixed(8)).join(' ');
writeMatrixMarket(to, vectors, { comment: `eigenvectors of ${from}, values ${list}` });
if (world().rank === 0) console.log(`${operator.shape.join(' × ')}: ${list}`);

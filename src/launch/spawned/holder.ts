/**
 * Takes the place of rank 0 in a job whose rank 0 is a process that runs already (job.ts): hands that process what the launcher has told this
 * one, and lives as long. A process that goes without a farewell takes the job with it.
 */
import { connect } from 'node:net';
import { isLaunchers } from './words.ts';

const main = connect(process.argv[2]!);
let farewell = false;
main.on('data', () => (farewell = true));
main.on('error', () => undefined); // 'close' follows
main.on('close', () => {
  if (farewell) process.exit(0);
  // To MPICH's launcher an exit code is no reason to end the others before MPI has started.
  process.kill(process.pid, 'SIGKILL');
});
const told = Object.entries(process.env).filter(([name]) => isLaunchers(name));
main.write(`${JSON.stringify({ env: Object.fromEntries(told) })}\n`);

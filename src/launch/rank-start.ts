/** What a rank's worker thread does first: its output and input, its arguments, its world. */
import { workerData } from 'node:worker_threads';
import { abortJob } from '../fabric/threads/index.ts';
import { describeError } from '../internal/index.ts';
import { descriptorSink, EXIT_BROKEN_PIPE, redirectOutput, terminalOf } from './output/index.ts';
import type { WorkerData } from './rank-data.ts';
import { mapStacks } from './source-maps.ts';
import { redirectInput } from './stdin.ts';

const { flotilla, settings, name, gate } = workerData as WorkerData;
const { memory, rank, family } = flotilla;

function end(code: number): never {
  abortJob(memory, code);
  process.exit(code);
}

mapStacks();
redirectOutput({
  rank: family?.children.indexOf(rank) ?? rank,
  label: settings.label,
  sinks: { stdout: descriptorSink(1, gate), stderr: descriptorSink(2, gate) },
  terminal: terminalOf,
  onBroken: () => end(EXIT_BROKEN_PIPE),
});
redirectInput(rank === 0);
process.argv = [process.execPath, settings.script, ...settings.args];
// Here, where the error is still what was thrown: what passes to another thread is a copy, with less.
process.on('uncaughtException', (error: unknown) => {
  // A program with a handler of its own decides for itself.
  if (process.listenerCount('uncaughtException') > 1) return;
  process.stderr.write(`${name}: ${describeError(error)}\n`);
  end(1);
});
const { world } = await import('../world.ts');
const { launchVariable } = await import('../fabric/mpi/environment.ts');
if (launchVariable('FLOTILLA_POOL') === 'futures' && rank === 0) {
  const { releaseAtExit } = await import('../pool/ranks/serve.ts');
  releaseAtExit(world());
}

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Site } from '../../fabric/mpi/sites.ts';

/** What mpirun is told: one holder in the place of rank 0, then the workers, all on this machine. */
export function jobArguments(site: Site, workers: number, path: string): string[] {
  const program = (name: string) => [process.execPath, fileURLToPath(new URL(name, import.meta.url)), path];
  const processes = ['-n', '1', ...program('holder.js'), ':', '-n', String(workers), ...program('worker.js')];
  return [...options(site, workers + 1), ...processes];
}

function options(site: Site, size: number): string[] {
  // An inherited descriptor would lead MPICH's launcher to the holder alone; a port can be passed on.
  if (site.family === 'mpich') return ['-pmi-port', '-launcher', 'fork', '-hosts', 'localhost'];
  const cores = availableParallelism();
  // Cores are not dealt out: the main process is not the launcher's to bind.
  const placed = [
    '--host',
    `localhost:${cores}`,
    '--bind-to',
    'none',
    ...(size > cores ? ['--oversubscribe'] : []),
  ];
  return ['-q', '--stdin', 'none', ...placed];
}

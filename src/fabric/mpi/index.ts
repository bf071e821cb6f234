/** Ranks as processes of the site's own MPI. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import {
  buildBinding,
  FAMILY_NAMES,
  loadBinding,
  MpiUnavailable,
  rememberBinding,
  siteFor,
  type Binding,
} from './binding.ts';
import { hearOfSlurm, launcherFamily, type Family } from './environment.ts';
import { FAULTS, Faults } from './faults.ts';
import { keepFreedMemory } from '../malloc.ts';
import { MpiFabric } from './fabric.ts';

/**
 * Joins the job that an MPI launcher started this process for. `starter` is the command of a spawned rank, without what to run.
 * Throws MpiUnavailable with what is missing or does not fit.
 */
export function connect(env: NodeJS.ProcessEnv, starter: readonly string[]): MpiFabric {
  if (!isMainThread) {
    throw new MpiUnavailable(
      'MPI belongs to the main thread of a rank: a worker thread has no world of its own',
    );
  }
  keepFreedMemory();
  const launcher = launcherFamily(env);
  setDefaults(env);
  if (launcher !== undefined) hearOfSlurm(availableParallelism(), env);
  const binding = load(launcher, env);
  const faults = new Faults(binding.libraryVersion());
  faults.applySettings(env);
  const fabric = new MpiFabric(binding, starter, faults);
  const expected = Number(env.OMPI_COMM_WORLD_SIZE ?? env.PMI_SIZE ?? fabric.world.size);
  if (expected > 1 && fabric.world.size === 1) {
    throw new MpiUnavailable(
      `the launcher started ${expected} ranks, but ${fabric.libraryVersion} sees one: launcher and library are of different installations`,
    );
  }
  return fabric;
}

/** What MPI libraries read when they are loaded, unless the user has said otherwise. */
export function setDefaults(env: NodeJS.ProcessEnv): void {
  // UCX reads its own before a library can say which one it is; who wants its cache of registered memory sets UCX_MEM_EVENTS=y.
  for (const { name, settings } of FAULTS)
    if (name === 'ucx-memory-hooks')
      for (const [key, value] of Object.entries(settings ?? {})) env[key] ??= value;
}

function load(launcher: Family | undefined, env: NodeJS.ProcessEnv): Binding {
  const { FLOTILLA_BINDING: built } = env;
  // flotilla run has built it already; asking every compiler wrapper for its family takes longer than a small program.
  if (built !== undefined) {
    try {
      return loadBinding(built);
    } catch (error) {
      if (existsSync(built)) throw error;
      // Another host, which does not see it.
    }
  }
  const find = () => {
    const site = siteFor(launcher, env);
    if (launcher !== undefined && site.family !== launcher) throw mismatch(launcher, site.family);
    return buildBinding(site, env);
  };
  return loadBinding(rememberBinding(launcher, find, env));
}

function mismatch(launcher: Family, library: Family): MpiUnavailable {
  const [started, linked] = [FAMILY_NAMES[launcher], FAMILY_NAMES[library]];
  return new MpiUnavailable(
    `this job was started by ${started}'s launcher, but FLOTILLA_MPI chooses ${linked}: every rank would be rank 0 of 1. ` +
      `Use the mpirun of ${linked}, or unset FLOTILLA_MPI.`,
  );
}

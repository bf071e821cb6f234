import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Command } from 'commander';
import { cancelJob, JobFolder, stopJob, Watch, type JobState } from '../cluster/scripts.ts';
import { jobAction } from './job-action.ts';
import { UsageError } from './usage-error.ts';

/** Adds to `flotilla job` what concerns jobs that were submitted. */
export function addFollowing(job: Command): void {
  const watch = new Watch();
  const ids = '[ids...]';
  const which = 'numbers of jobs, NAME.k or folders (default: all that were submitted here)';
  job
    .command('status')
    .description('a line for each job: number, name, state, attempts, exit code, reason')
    .argument(ids, which)
    .action(
      jobAction(async (given: string[]) => {
        const folders = given.length === 0 ? JobFolder.all() : given.map((id) => JobFolder.find(id));
        const states = await Promise.all(folders.map((folder) => watch.look(folder)));
        process.stdout.write(table(folders.map((folder, i) => row(folder, states[i]!))));
      }),
    );
  job
    .command('logs')
    .description('print what a job has printed, of all its attempts')
    .argument('[id]', 'the job (default: the last one)')
    .option('-f, --follow', 'go on until it has ended, across requeues')
    .action(
      jobAction(async (id: string | undefined, { follow }: { readonly follow?: boolean }) => {
        const folder = one(id);
        const output = new Output(folder);
        output.print();
        if (!follow) return;
        await watch.ended(folder, () => output.print());
        output.print();
      }),
    );
  job
    .command('wait')
    .description("wait for the end of jobs; the exit code is the job's, of several the largest one")
    .argument(ids, which)
    .action(
      jobAction(async (given: string[]) => {
        const folders = given.length === 0 ? JobFolder.all() : given.map((id) => JobFolder.find(id));
        const states = await Promise.all(folders.map((folder) => watch.ended(folder)));
        for (const [i, { state, reason }] of states.entries())
          if (state !== 'ended')
            process.stderr.write(`flotilla: ${folders[i]!.name} is ${state}${reason ? `: ${reason}` : ''}\n`);
        process.exitCode = Math.max(0, ...states.map(({ code }) => code));
      }),
    );
  job
    .command('cancel')
    .description('end jobs for good: what has --requeue is not put back either')
    .argument('<ids...>', 'numbers of jobs, NAME.k or folders')
    .action(
      jobAction(async (given: string[]) => {
        for (const folder of given.map((id) => JobFolder.find(id))) await cancelJob(folder);
      }),
    );
  job
    .command('stop')
    .description('have programs write down where they are and end: job.signal aborts; none is put back')
    .argument('<ids...>', 'numbers of jobs, NAME.k or folders')
    .action(
      jobAction(async (given: string[]) => {
        for (const folder of given.map((id) => JobFolder.find(id))) await stopJob(folder, watch);
      }),
    );
}

function one(id: string | undefined): JobFolder {
  const folder = id === undefined ? JobFolder.all().at(-1) : JobFolder.find(id);
  if (folder === undefined) throw new UsageError('no job was submitted here');
  return folder;
}

function row(folder: JobFolder, { state, attempts, code, reason }: JobState): string[] {
  const { id } = folder.submitted!;
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  return [id, folder.name, state, tries, code === undefined ? '' : `code ${code}`, reason ?? ''];
}

function table(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows
    .map(
      (cells) =>
        `${cells
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

const PIECE = 65_536;

/** What a job prints, file by file: attempts say where. */
class Output {
  readonly #read = new Map<string, number>();
  #last: string | undefined;

  constructor(readonly folder: JobFolder) {}

  /** Prints what is new. */
  print(): void {
    const files = new Set(
      this.folder.tries().flatMap((tries) => tries.flatMap(({ output }) => output ?? [])),
    );
    for (const file of files) if (existsSync(file)) this.#print(file, files.size > 1);
  }

  #print(path: string, titled: boolean): void {
    const file = openSync(path, 'r');
    try {
      const before = this.#read.get(path) ?? 0;
      // An attempt that has begun the file anew.
      let at = fstatSync(file).size < before ? 0 : before;
      const piece = Buffer.alloc(PIECE);
      for (let count; (count = readSync(file, piece, 0, PIECE, at)) > 0; at += count) {
        if (titled && this.#last !== path) process.stdout.write(`==> ${path} <==\n`);
        this.#last = path;
        process.stdout.write(Buffer.from(piece.subarray(0, count)));
      }
      this.#read.set(path, at);
    } finally {
      closeSync(file);
    }
  }
}

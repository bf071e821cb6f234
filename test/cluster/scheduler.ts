/** A scheduler on hosts of namespaces: head, where its master is, and a and b, which run jobs. It ends with the hosts. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CLI, start, type Outcome } from '../harness/launch.ts';
import { Hosts } from '../hosts/hosts.ts';
import { flotilla } from './command.ts';

const UP_MS = 60_000;
const LOOK_MS = 50;

/** Cores, or slots, that each host says it has: more than this machine has. */
export const CORES = 12;

/** What became of a job. */
export interface Ended {
  readonly code: number | null;
  /** Its output file. */
  readonly printed: string;
  /** For messages. */
  readonly all: string;
}

export abstract class Scheduler {
  /** What all hosts see: settings, logs, files of jobs. */
  readonly folder: string;
  /** A folder that each host has for itself. */
  readonly local: string;
  readonly #hosts: Hosts;

  protected constructor(hosts: Hosts) {
    this.#hosts = hosts;
    this.local = hosts.local;
    this.folder = mkdtempSync(join(tmpdir(), 'scheduler-'));
  }

  protected static hosts(): Promise<Hosts> {
    return Hosts.make(['head', 'a', 'b'], { ownProcesses: true });
  }

  /** Brings up the daemons. */
  protected abstract bringUp(): Promise<void>;
  /** What its commands and daemons need to find each other. No stand-in for ssh: launchers have the scheduler's own means. */
  protected abstract get environment(): NodeJS.ProcessEnv;
  /** As `flotilla job` names it. */
  protected abstract readonly name: string;
  /** The command that submits a script and waits for the end of its job. */
  protected abstract readonly submitting: readonly string[];

  /** Rejects with the logs of what did not come up. */
  protected async up(): Promise<this> {
    try {
      await this.bringUp();
      return this;
    } catch (error) {
      const logs = spawnSync('sh', ['-c', `tail -n 20 ${this.folder}/*.out ${this.folder}/*.log`]).stdout;
      await this.end();
      throw new Error(`${this.name} did not come up:\n${logs.toString()}`, { cause: error });
    }
  }

  protected daemon(host: string, name: string, command: readonly string[]): void {
    const [file, args] = this.#hosts.on(host, command);
    const env = { ...process.env, ...this.environment, LOG: join(this.folder, `${name}-${host}.out`) };
    spawn('sh', ['-c', 'exec "$0" "$@" >"$LOG" 2>&1', file, ...args], { env, stdio: 'ignore' }).unref();
  }

  /** Runs a short command, without marks. */
  protected run(
    host: string,
    ...command: string[]
  ): { readonly status: number | null; readonly said: string } {
    const [file, args] = this.#hosts.on(host, command);
    const env = { ...process.env, ...this.environment };
    const { status, stdout, stderr } = spawnSync(file, args, { env, encoding: 'utf8' });
    return { status, said: stdout + stderr };
  }

  async until(what: string, done: () => boolean): Promise<void> {
    const from = performance.now();
    while (!done()) {
      if (performance.now() - from > UP_MS) throw new Error(`in vain: ${what}`);
      await pause(LOOK_MS);
    }
  }

  /** Runs a command to its end, in the folder of the project. */
  on(host: string, command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const [file, args] = this.#hosts.on(host, command);
    return start(file, args, { env: { ...this.environment, ...env }, timeOutMs: 240_000 });
  }

  /** Has `flotilla job write` write a script, submits it, and waits for the end of the job. */
  async submit(name: string, options: readonly string[], script: readonly string[]): Promise<Ended> {
    const output = join(this.folder, `${name}.printed`);
    const file = await this.write(name, ['--output', output, ...options], script);
    const { code, all } = await this.on('head', [...this.submitting, file], { PYTHONPATH: '/nowhere' });
    return { code, printed: readFileSync(output, 'utf8'), all };
  }

  /** The job of the tutorial: 24 ranks on two hosts, in tcsh, with a module and variables. Rejects where it does not do all that it should. */
  async submitTutorial(...options: readonly string[]): Promise<void> {
    const all = [...this.tutorial(), '--feature', 'vortex', ...options];
    const ended = await this.submit('tutorial', all, ['test/cluster/programs/tutorial.ts']);
    assert.equal(ended.code, 0, ended.all + ended.printed);
    this.checkTutorial(ended.printed);
  }

  /** Options of the tutorial's job. */
  tutorial(): string[] {
    const modules = join(this.folder, 'modules');
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, 'demo'), '#%Module1.0\nsetenv DEMO loaded\n');
    const job =
      '--shell /bin/tcsh --nodes 2 --ranks-per-node 12 --walltime 30m --module demo --unset PYTHONPATH';
    const init = ['source /usr/share/modules/init/csh', `setenv MODULEPATH ${modules}`];
    const environment = [...init.flatMap((line) => ['--init', line]), '--env', 'TITLE=it works!'];
    return [...job.split(' '), ...environment];
  }

  /** Throws where that job has not printed all that it should. */
  checkTutorial(printed: string): void {
    const lines = printed.trim().split('\n');
    const greetings = lines.filter((line) => line.startsWith('hello from rank'));
    assert.equal(greetings.length, 24, printed);
    for (const host of ['a', 'b'])
      assert.equal(greetings.filter((line) => line.endsWith(` of 24 on ${host}`)).length, 12, printed);
    assert.ok(lines.includes('rank 1 has 100 numbers, 0 to 99'), printed);
    assert.ok(lines.includes('DEMO=loaded TITLE=it works! PYTHONPATH=undefined'), printed);
    // 30 minutes less what has passed, and 5 % for the end.
    assert.match(
      printed,
      /^more than 25 minutes are left, of a job with a number, and nobody asks for an end: true true false$/m,
    );
  }

  /** Has `flotilla job write` write a script. Resolves with its file. */
  async write(name: string, options: readonly string[], script: readonly string[]): Promise<string> {
    const written = await flotilla(
      'job',
      'write',
      '--scheduler',
      this.name,
      '--name',
      name,
      ...options,
      ...script,
    );
    assert.equal(written.code, 0, written.all);
    const file = join(this.folder, `${name}.job`);
    writeFileSync(file, written.stdout);
    return file;
  }

  /** Items that programs/ledger.ts has begun, in order: one that was done twice stands there twice. */
  begun(ledger: string): number[] {
    return readFileSync(`${ledger}.begun`, 'utf8').trim().split('\n').map(Number).sort();
  }

  /** A command line on head, in a folder of this test: jobs are submitted there. The scheduler is asked oftener than is polite. */
  flotilla(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const here = ['env', '-C', this.folder, process.execPath, CLI, ...args];
    return this.on('head', here, { FLOTILLA_QUEUE_SECONDS: '0.5', FLOTILLA_LOST_SECONDS: '3', ...env });
  }

  /** Submits a program of these tests. Resolves with the number of the job. */
  async job(options: readonly string[], program: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, all } = await this.flotilla([
      'job',
      'submit',
      '--scheduler',
      this.name,
      ...options,
      program,
      ...args,
    ]);
    assert.equal(code, 0, all);
    assert.match(stdout, /^\d+\n$/);
    return stdout.trim();
  }

  /** A file of the test. */
  file(name: string): string {
    return join(this.folder, name);
  }

  /** Lines of a file of the test; none before it is there. */
  lines(name: string): string[] {
    const path = this.file(name);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  }

  /** Resolves when a file of the test has so many lines. */
  async written(name: string, count = 1): Promise<void> {
    await this.until(`${count} lines of ${name}`, () => this.lines(name).length >= count);
  }

  /** What processes on a host have a text in their command. */
  processes(host: string, text: string): string[] {
    const { said } = this.run(host, 'ps', '-eo', 'args');
    return said.split('\n').filter((line) => line.includes(text));
  }

  /** Ends a host and all that runs on it, as a loss of power does. */
  kill(host: string): void {
    this.#hosts.kill(host);
  }

  async end(): Promise<void> {
    await this.#hosts.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

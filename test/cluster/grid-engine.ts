/** Grid Engine: the master on head, execution on a and b. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORES, Scheduler } from './scheduler.ts';

const PROGRAMS = '/usr/lib/gridengine';
const SETTINGS = '/usr/share/gridengine';
const NODES = ['a', 'b'];

export class GridEngine extends Scheduler {
  protected readonly name = 'sge';
  protected readonly submitting: readonly string[] = ['qsub', '-sync', 'y'];

  static async start(): Promise<GridEngine> {
    return new GridEngine(await Scheduler.hosts()).up();
  }

  /** Where its commands are found. */
  get path(): string {
    return `${PROGRAMS}:${process.env.PATH}`;
  }

  protected get environment(): NodeJS.ProcessEnv {
    return {
      PATH: this.path,
      TMPDIR: this.local,
      SGE_ROOT: this.folder,
      SGE_CELL: 'default',
      SGE_QMASTER_PORT: '6444',
      SGE_EXECD_PORT: '6445',
      SGE_ARCH: 'lx-amd64',
    };
  }

  protected async bringUp(): Promise<void> {
    const { folder } = this;
    const common = join(folder, 'default', 'common');
    const database = join(folder, 'database');
    for (const path of [common, join(folder, 'spool'), database]) mkdirSync(path, { recursive: true });
    for (const name of ['bin', 'lib', 'utilbin']) {
      mkdirSync(join(folder, name));
      symlinkSync(PROGRAMS, join(folder, name, 'lx-amd64'));
    }
    symlinkSync(join(SETTINGS, 'util'), join(folder, 'util'));
    this.#edited(join(SETTINGS, 'default-bootstrap'), join(common, 'bootstrap'), {
      qmaster_spool_dir: join(folder, 'spool'),
      spooling_params: database,
      admin_user: 'none',
    });
    writeFileSync(join(common, 'act_qmaster'), 'head\n');
    const configuration = join(folder, 'configuration');
    this.#edited(join(SETTINGS, 'default-configuration'), configuration, {
      execd_spool_dir: `${this.local}/execd`,
      min_uid: '0',
      min_gid: '0',
      load_report_time: '00:00:01',
      mailer: '/bin/true',
    });
    const own = (name: string, ...args: string[]) =>
      execFileSync(join(PROGRAMS, name), args, {
        env: { ...process.env, ...this.environment },
        stdio: 'pipe',
      });
    own('spoolinit', 'berkeleydb', 'libspoolb', database, 'init');
    own('spooldefaults', 'configuration', configuration);
    own('spooldefaults', 'complexes', join(SETTINGS, 'util/resources/centry'));
    own('spooldefaults', 'usersets', join(SETTINGS, 'util/resources/usersets'));
    own('spooldefaults', 'managers', 'root');
    this.#service('head', 'sge_qmaster');
    await this.until('the master answers', () => this.#ask('-sh').status === 0);
    this.#configure();
    for (const host of NODES) {
      this.run(host, 'mkdir', '-p', `${this.local}/execd`);
      this.#service(host, 'sge_execd');
    }
    // Each queue has its slots free, and no state: its host has reported.
    const free = new RegExp(`0/0/${CORES}\\s+\\S+\\s+lx-amd64\\s*$`, 'gm');
    await this.until('both hosts report', () => {
      const { said } = this.run('head', join(PROGRAMS, 'qstat'), '-f');
      return said.match(free)?.length === NODES.length;
    });
  }

  /** Parallel environments, hosts and a queue; it looks for jobs every second. */
  #configure(): void {
    const pe = (name: string, rule: string) =>
      `pe_name ${name}\nslots 999\nuser_lists NONE\nxuser_lists NONE\nstart_proc_args NONE\nstop_proc_args NONE\nallocation_rule ${rule}\ncontrol_slaves TRUE\njob_is_first_task FALSE\nurgency_slots min\naccounting_summary FALSE\nqsort_args NONE\n`;
    this.#give('-Ap', pe('mpi', '2'));
    this.#give('-Ap', pe('twelve', String(CORES)));
    this.#give('-Ap', pe('smp', '$pe_slots'));
    this.#must('-as', 'head');
    const complexes = this.#must('-sc').replaceAll(/^#.*\n/gm, '');
    this.#give('-Mc', `${complexes}vortex vortex BOOL == YES NO FALSE 0\n`);
    for (const host of NODES) {
      this.#must('-as', host); // jobs submit others
      this.#must('-ah', host);
      const none = [
        'load_scaling',
        'user_lists',
        'xuser_lists',
        'projects',
        'xprojects',
        'usage_scaling',
        'report_variables',
      ];
      const lines = [`hostname ${host}`, 'complex_values vortex=TRUE', ...none.map((name) => `${name} NONE`)];
      this.#give('-Ae', `${lines.join('\n')}\n`);
    }
    this.#give('-Ahgrp', `group_name @allhosts\nhostlist ${NODES.join(' ')}\n`);
    const scheduler = this.#changed(this.#must('-ssconf'), {
      schedule_interval: '0:0:1',
      flush_submit_sec: '1',
      flush_finish_sec: '1',
      job_load_adjustments: 'NONE',
    });
    this.#give('-Msconf', scheduler);
    const queue = this.#changed(this.#must('-sq'), {
      qname: 'all.q',
      hostlist: '@allhosts',
      pe_list: 'mpi twelve smp',
      slots: String(CORES),
      load_thresholds: 'NONE',
      tmpdir: this.local,
    });
    this.#give('-Aq', queue);
  }

  /** A file of settings with others for some names. */
  #edited(from: string, to: string, values: Readonly<Record<string, string>>): void {
    writeFileSync(to, this.#changed(readFileSync(from, 'utf8'), values));
  }

  #changed(text: string, values: Readonly<Record<string, string>>): string {
    return Object.entries(values).reduce(
      (all, [name, value]) =>
        all.replace(new RegExp(`^(${name}\\s+).*$`, 'm'), (_, before: string) => before + value),
      text,
    );
  }

  /** SGE_ND: it stays in the foreground. */
  #service(host: string, name: string): void {
    this.daemon(host, name, ['env', 'SGE_ND=1', join(PROGRAMS, name)]);
  }

  /** qconf. */
  #ask(...args: string[]): { readonly status: number | null; readonly said: string } {
    return this.run('head', join(PROGRAMS, 'qconf'), ...args);
  }

  #must(...args: string[]): string {
    const { status, said } = this.#ask(...args);
    if (status !== 0) throw new Error(`qconf ${args.join(' ')}: ${said}`);
    return said;
  }

  /** Gives qconf what it takes from a file. */
  #give(option: string, content: string): void {
    const file = join(this.folder, 'given');
    writeFileSync(file, content);
    this.#must(option, file);
  }
}

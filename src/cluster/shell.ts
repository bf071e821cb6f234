import { basename } from 'node:path';

/** How the shell of a job script says things. */
export interface Shell {
  /** A word that arrives as it is, whatever stands in it. */
  quote(word: string): string;
  /** The value of a variable is split into words where it is not quoted. */
  readonly splits: boolean;
  set(name: string, value: string): string;
  unset(name: string): string;
  /** The end of a command whose output and errors go to a file; `file` is in the shell's own words. */
  both(command: string, file: string, append: boolean): string;
  /** The same with a file for each. */
  apart(command: string, output: string, errors: string, append: boolean): string;
}

/** What no shell takes for anything else. `=` and `%` mean something to tcsh at the beginning. */
const PLAIN = /^[\w@+:,./-][\w@%+=:,./-]*$/;

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** sh, bash, dash, ksh, zsh: POSIX.1-2017, Shell Command Language, 2.2. */
const posix: Shell = {
  splits: true,
  quote: (word) => (PLAIN.test(word) ? word : quoted(word)),
  set: (name, value) => `export ${name}=${posix.quote(value)}`,
  unset: (name) => `unset ${name}`,
  both: (command, file, append) => `${command} ${append ? '>>' : '>'} ${file} 2>&1`,
  apart: (command, output, errors, append) =>
    append ? `${command} >> ${output} 2>> ${errors}` : `${command} > ${output} 2> ${errors}`,
};

/** csh, tcsh: within quotes `!` still recalls a command and a line still ends, unless a backslash stands before. */
const csh: Shell = {
  splits: false,
  quote: (word) => (PLAIN.test(word) ? word : quoted(word).replaceAll(/[!\n]/g, '\\$&')),
  set: (name, value) => `setenv ${name} ${csh.quote(value)}`,
  unset: (name) => `unsetenv ${name}`,
  both: (command, file, append) => `${command} ${append ? '>>&' : '>&'} ${file}`,
  apart: (command, output, errors, append) =>
    append ? `(${command} >> ${output}) >>& ${errors}` : `(${command} > ${output}) >& ${errors}`,
};

/** The shell at a path, by its name. */
export function shellAt(path: string): Shell {
  return basename(path).endsWith('csh') ? csh : posix;
}

// Runs the tests: node --import tsx scripts/test.js [PATTERN...]
// A pattern chooses files by a part of their path or, where no file has it, tests by a part of their name.
import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'node:test';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SLOWEST = 10;

/** Tests of many ranks that poll: slow where others use their cores, so one at a time. The rest runs beside them. */
const MANY_RANKS = [/^test\/programs\./, /^test\/(conformance|storm|grid)\//];
/** Tests that need the machine for themselves: much memory, networks of their own, or so many ranks that nothing beside them gets a turn. */
const ALONE = [/^test\/(hosts|large)\/|^test\/cluster\/(slurm|jobs|grid-engine|pbs)\./];

const every = readdirSync(`${ROOT}test`, { recursive: true })
  .map((name) => `test/${name}`)
  .filter((name) => name.endsWith('.test.ts'))
  .sort();
const patterns = process.argv.slice(2);
const chosen = every.filter((file) => patterns.some((pattern) => file.includes(pattern)));
const files = chosen.length > 0 ? chosen : every;
const names = chosen.length > 0 || patterns.length === 0 ? undefined : patterns.map(partOfName);

const isAny = (kinds) => (file) => kinds.some((kind) => kind.test(file));
const alone = files.filter(isAny(ALONE));
const manyRanks = files.filter(isAny(MANY_RANKS));
const rest = files.filter((file) => !alone.includes(file) && !manyRanks.includes(file));

const passed = [];
const failed = [];
const began = performance.now();
await Promise.all([lane(manyRanks, rest), lane(rest)]);
await lane(alone);

console.log('\nThe slowest tests:');
const slowest = [...passed, ...failed].sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
for (const { title, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)} s  ${title}`);
if (failed.length > 0) console.log(`\nFailed:\n${failed.map(({ title }) => `  ${title}`).join('\n')}`);
console.log(`\nIn ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
console.log(`${passed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 || passed.length === 0 ? 1 : 0;

/** Runs files one after the other, from lists that another lane may take from too. */
async function lane(...lists) {
  for (const list of lists) while (list.length > 0) await runFile(list.shift());
}

function runFile(file) {
  return new Promise((resolve, reject) => {
    const options = { files: [`${ROOT}${file}`], concurrency: 1 };
    const stream = run(names === undefined ? options : { ...options, testNamePatterns: names });
    /** Titles of the suites around a test, by depth. Suites are told of after what is in them. */
    const above = [];
    stream.on('test:start', ({ name, nesting }) => {
      above.length = nesting;
      above.push(name);
    });
    stream.on('test:pass', (event) => note(event, undefined));
    stream.on('test:fail', (event) => note(event, event.details.error));
    stream.on('error', reject);
    stream.on('end', resolve);
    stream.resume();

    function note({ name, nesting, details, skip }, error) {
      above.length = nesting;
      const title = [relative('test', file).replace(/[.]test[.]ts$/, ''), ...above, name].join(' › ');
      const seconds = details.duration_ms / 1000;
      // A suite counts only where it failed by itself, in a hook say.
      const own = details.type !== 'suite' || (error && error.failureType !== 'subtestsFailed');
      if (!own || (names !== undefined && skip !== undefined)) return;
      const bad = error ?? (skip === undefined ? undefined : 'tests never skip');
      (bad === undefined ? passed : failed).push({ title, seconds });
      console.log(`${bad === undefined ? '✔' : '✖'} ${title} (${seconds.toFixed(1)} s)`);
      if (bad !== undefined) console.log(indented(bad));
    }
  });
}

function indented(error) {
  const { cause } = error;
  const text = cause instanceof Error ? cause.stack : String(cause ?? error.stack ?? error);
  return text.replaceAll(/^/gm, '    ');
}

/** A text as it stands, not as an expression. */
function partOfName(text) {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

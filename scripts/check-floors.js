// Checks that rooms import downward and that there is no cycle: node scripts/check-floors.js [folder] [--update]
// Violations of before are listed in floors-known.json. What is listed and no longer happens must leave the list.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cruise } from 'dependency-cruiser';
import config, { NEW_ROOMS } from '../.dependency-cruiser.js';

const KNOWN = fileURLToPath(new URL('./floors-known.json', import.meta.url));
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { update: { type: 'boolean', default: false } },
});
const base = positionals[0] ?? fileURLToPath(new URL('..', import.meta.url));

const { forbidden, options } = config;
const { output } = await cruise(['src'], {
  ...options,
  baseDir: base,
  validate: true,
  ruleSet: { forbidden, options: {} },
});

/** Files on a cycle with an example of one, and imports that are not allowed with the rule they break. */
const cycles = new Map();
const imports = new Map();
for (const { rule, from, to, cycle } of output.summary.violations) {
  if (rule.name !== 'no-cycle') {
    imports.set(`${from} -> ${to}`, forbidden.find(({ name }) => name === rule.name).comment);
    continue;
  }
  const files = [from, ...cycle.map(({ name }) => name)];
  for (const file of files) if (!cycles.has(file)) cycles.set(file, files.join(' -> '));
}

const isNew = (path) => Object.keys(NEW_ROOMS).some((room) => path.startsWith(`src/${room}/`));
if (values.update) {
  const sorted = (found) => [...found.keys()].filter((path) => !isNew(path)).sort();
  const known = { cycles: sorted(cycles), imports: sorted(imports) };
  writeFileSync(KNOWN, `${JSON.stringify(known, null, 2)}\n`);
}

const known = JSON.parse(readFileSync(KNOWN, 'utf8'));
const faults = [];
for (const [file, example] of cycles)
  if (!known.cycles.includes(file) || isNew(file)) faults.push(`${file} is on an import cycle: ${example}`);
for (const [edge, why] of imports)
  if (!known.imports.includes(edge) || isNew(edge)) faults.push(`${edge} is not allowed: ${why}`);
if (positionals.length === 0) {
  for (const file of known.cycles)
    if (!cycles.has(file))
      faults.push(`${file} is on no cycle any more: take it out of scripts/floors-known.json`);
  for (const edge of known.imports)
    if (!imports.has(edge)) faults.push(`${edge} is gone: take it out of scripts/floors-known.json`);
}
for (const fault of faults) console.error(`floors: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;

/**
 * What the pages for users show: README.md and docs/*.md.
 *
 * The TypeScript of a page is one program: its ```ts blocks in their order, and with them what stands in comments that a reader does not
 * see, `<!-- ts … -->` (names that a block uses and does not explain, partners of its messages, checks of its results). Imports of a page may
 * name the same thing more than once. A block ```ts NAME.ts is a file of that name instead, which others may import.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from '../harness/launch.ts';

export interface Page {
  readonly name: string;
  readonly text: string;
  /** The page as a program; undefined where it shows none. */
  readonly program: string | undefined;
  /** Further files, by their names. */
  readonly files: ReadonlyMap<string, string>;
  /** Lines of a shell, and commands in running text. */
  readonly commands: readonly string[];
  readonly json: readonly string[];
}

const NAMES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];

export const PAGES: readonly Page[] = NAMES.filter((name) => name.endsWith('.md')).map(read);

/** The name of a page's program. */
export const programOf = ({ name }: Page): string => `${basename(name, '.md').toLowerCase()}.ts`;

function read(name: string): Page {
  const text = readFileSync(join(ROOT, name), 'utf8');
  const files = new Map<string, string>();
  const parts: string[] = [];
  const commands: string[] = [];
  const json: string[] = [];
  const blocks = /^```(\w*) ?([\w.]*)\n([^]*?)^```$|^<!-- ts\n([^]*?)^-->$/gm;
  for (const [, language, file, shown, hidden] of text.matchAll(blocks)) {
    if (hidden !== undefined) parts.push(hidden);
    else if (language === 'json') json.push(shown!);
    else if (language !== 'ts') commands.push(...shown!.split('\n'));
    else if (file !== '') files.set(file!, shown!);
    else parts.push(shown!);
  }
  for (const [, span] of text.replace(blocks, '').matchAll(/`([^`\n]+)`/g)) commands.push(span!);
  return { name, text, program: joined(parts), files, commands, json };
}

/** One program of several parts: their imports first, each name once. */
function joined(parts: readonly string[]): string | undefined {
  if (parts.length === 0) return undefined;
  const imports = new Map<string, Set<string>>();
  const body = parts
    .join('\n')
    .replace(/^import \{([^}]*)\} from '([^']+)';$/gm, (_, names: string, from: string) => {
      const known = imports.get(from) ?? new Set();
      imports.set(from, known);
      for (const each of names.split(',')) if (each.trim() !== '') known.add(each.trim());
      return '';
    });
  const lines = [...imports].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}';`);
  return `${lines.join('\n')}\n${body}\nexport {};\n`;
}

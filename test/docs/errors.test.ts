/** docs/errors.md names every code of every class of errors, and no other. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import ts from 'typescript';
import { ROOT } from '../harness/launch.ts';

/** `Class CODE` of each code that a class of src can have. */
function declared(): string[] {
  const found: string[] = [];
  for (const name of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const text = readFileSync(join(ROOT, 'src', name), 'utf8');
    if (!text.includes('extends FlotillaError')) continue;
    const { statements } = ts.createSourceFile(name, text, ts.ScriptTarget.Latest);
    const types = new Map<string, ts.TypeNode>();
    for (const each of statements) if (ts.isTypeAliasDeclaration(each)) types.set(each.name.text, each.type);
    for (const each of statements.filter(ts.isClassDeclaration)) {
      const base = each.heritageClauses?.[0]?.types[0];
      if (base?.expression.kind !== ts.SyntaxKind.Identifier || base.typeArguments === undefined) continue;
      if ((base.expression as ts.Identifier).text !== 'FlotillaError') continue;
      for (const code of codesOf(base.typeArguments[0]!, types)) found.push(`${each.name!.text} ${code}`);
    }
  }
  return found.sort();
}

function codesOf(type: ts.TypeNode, types: ReadonlyMap<string, ts.TypeNode>): string[] {
  if (ts.isUnionTypeNode(type)) return type.types.flatMap((each) => codesOf(each, types));
  if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) return [type.literal.text];
  assert.ok(ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName));
  const named = types.get(type.typeName.text);
  assert.ok(named, `the codes of ${type.typeName.text} stand in another file`);
  return codesOf(named, types);
}

it('docs/errors.md names every code, and no other', () => {
  const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
  const rows = page.matchAll(/^\| (?:`(\w+)` +\| )?`(ERR_\w+)` +\|/gm);
  const told = Array.from(rows, ([, owner = 'MpiError', code]) => `${owner} ${code}`).sort();
  assert.deepEqual(told, declared());
});

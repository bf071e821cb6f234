import { createRequire } from 'node:module';

/** `require` of a file, for TypeScript too where `typescript` says so. */
export function requireOf(file: string, typescript: boolean): NodeJS.Require {
  if (typescript) readTypeScript();
  return createRequire(file);
}

/** A CommonJS module of the user's, loaded by Node itself: it has the `require`, `module` and `__dirname` that it expects. */
export function loadCommonJs(file: string): unknown {
  return requireOf(file, /tsx?$/.test(file))(file);
}

let reads = false;

function readTypeScript(): void {
  if (reads) return;
  reads = true;
  const require = createRequire(import.meta.url);
  (require('tsx/cjs/api') as { register(): void }).register();
}

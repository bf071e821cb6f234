export { nested } from './nested.ts';
export type { NestedMethod, NestedOptions, NestedTarget } from './options.ts';

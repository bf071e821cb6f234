export * from './vectors';
export * from './rows';
export * from './random';
export * from './spin-diagonal';
export * from './spin-real';
export * from './spin-complex';
export * from './sectors';

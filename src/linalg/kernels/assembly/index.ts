export * from './vectors';
export * from './rows';
export * from './random';
export * from './spins';
export * from './sectors';

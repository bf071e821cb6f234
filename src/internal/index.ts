// What every room may use and what knows none of them. Compiling native files is an entry of its
// own (native-build.ts): most programs never do.
export { ask } from './ask.ts';
export { describeError } from './describe-error.ts';
export { FlotillaError, type FlotillaErrorDetails } from './error.ts';
export { decodeJson, encodeJson } from './json.ts';
export { exitCalled, lastAtExit } from './last-at-exit.ts';
export { pause, tryLock, type Lock, type LockOwner } from './lock.ts';
export { nearest, OptionChecks, show } from './options.ts';
export { Patience } from './patience.ts';
export { philox, Random, stream } from './random.ts';
export { printed } from './printed.ts';
export { noteRecord, type RecordNote } from './record-notes.ts';
export { temporaryFolder } from './temporary-folder.ts';
export {
  asError,
  hidden,
  packBriefly,
  packError,
  packThrown,
  registerErrorClass,
  unpackError,
  unpackThrown,
  type ErrorClass,
  type Thrown,
  type ThrownError,
} from './thrown.ts';
export { noPages, schedYield, yielder } from './yield.ts';

// Gives communicators their topologies, which extend them.
import './topologies.ts';

export { createAttributeKey, type AttributeKey, type AttributeRules } from './attributes.ts';
export type { Blocks } from './base.ts';
export { CartCommunicator, type CartOptions } from './cart.ts';
export type { Reduced } from './collectives.ts';
export { Communicator } from './communicator.ts';
export { testAll, testAny, testSome, waitAll, waitAny, waitSome } from './completion.ts';
export { ANY_SOURCE, ANY_TAG, IN_PLACE, PROC_NULL, ROOT, UNDEFINED, type InPlace } from './constants.ts';
export type { ElementType } from './element-type.ts';
export { File, type FileHints, type OpenMode, type OpenOptions } from './file.ts';
export type { FileLayout } from './file-layout.ts';
export { dimsCreate } from './dims.ts';
export { DistGraphCommunicator, GraphCommunicator, type Adjacency, type DistGraph } from './graph.ts';
export { Group, type Comparison } from './group.ts';
export { Intercommunicator } from './intercommunicator.ts';
export { NeighborCommunicator } from './neighbors.ts';
export {
  BAND,
  BOR,
  BXOR,
  COMPLEX_PROD,
  COMPLEX_SUM,
  LAND,
  LOR,
  LXOR,
  MAX,
  MAXLOC,
  MIN,
  MINLOC,
  NO_OP,
  PROD,
  REPLACE,
  SUM,
  type Complex,
  type Located,
  type Op,
} from './ops.ts';
export { createBlockOp, createOp, type BlockOpOptions } from './own-ops.ts';
export type { Message } from './message.ts';
export { startAll, type PersistentRequest } from './persistent-request.ts';
export type { Pieces } from './pieces.ts';
export type { SpawnOptions } from './program.ts';
export { Request } from './request.ts';
export { Status } from './status.ts';
export {
  Condition,
  Counter,
  Mutex,
  Semaphore,
  Sequential,
  type CounterOptions,
  type Hold,
  type SemaphoreOptions,
  type SyncOptions,
} from './sync/index.ts';
export { Window, type LockType } from './window.ts';
export { strided, subarray, View, type Memory, type Strided } from './view.ts';

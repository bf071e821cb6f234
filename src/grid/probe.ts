import { compile, kernel, kindsOf, sharedMemory, type Cells, type Scalar } from '../kernel/index.ts';
import type { Communicator } from '../comm/index.ts';
import { onAll } from './out/together.ts';

/**
 * Collective: tries the C compiler of each rank with a kernel of one line.
 *
 * @throws KernelError ERR_ENGINE on all ranks where one of them has none
 */
export function checkNative(comm: Communicator): void {
  onAll(comm, 'architecture', () => {
    const place = { pitch: 8, plane: 0, place: 'c', lo: [0], hi: [8] } as const;
    const f: Cells = { memory: sharedMemory(65536, 65536), offset: 64, type: 'f64', ...place };
    const probe = kernel((_, args: { f: Scalar }) => (args.f.here = 1), { name: 'architecture' });
    compile(probe, kindsOf({ f }), { engine: 'native' }).bind({ f });
  });
}

import type { MemoryCollectives, Operation } from '../fabric/fabric.ts';
import type { Irregular, Layout } from '../fabric/memory.ts';

/** Begins a collective that has been described. */
export type Begin = () => Operation;

/** Collectives that are described now, by arguments that have been checked, and begun later by `calls`. */
export function describedBy(calls: MemoryCollectives<Operation>): MemoryCollectives<Begin> {
  return {
    barrier: () => () => calls.barrier(),
    bcast:
      (...args) =>
      () =>
        calls.bcast(...args),
    scatter:
      (...args) =>
      () =>
        calls.scatter(...args),
    scatterv: (send, recv, root) => {
      const blocks = send && kept(send);
      return () => calls.scatterv(blocks, recv, root);
    },
    gather:
      (...args) =>
      () =>
        calls.gather(...args),
    gatherv: (send, recv, root) => {
      const blocks = recv && kept(recv);
      return () => calls.gatherv(send, blocks, root);
    },
    allgather: (send, recv) => {
      const layout = kept(recv);
      return () => calls.allgather(send, layout);
    },
    alltoall: (send, recv) => {
      const [from, into] = [send && kept(send), kept(recv)];
      return () => calls.alltoall(from, into);
    },
    alltoallw:
      (...args) =>
      () =>
        calls.alltoallw(...args),
    reduce:
      (...args) =>
      () =>
        calls.reduce(...args),
    allreduce:
      (...args) =>
      () =>
        calls.allreduce(...args),
    scan:
      (...args) =>
      () =>
        calls.scan(...args),
    exscan:
      (...args) =>
      () =>
        calls.exscan(...args),
    reduceScatter:
      (...args) =>
      () =>
        calls.reduceScatter(...args),
  };
}

/** The user may change the lists of counts and places. */
function kept<L extends Layout>(layout: L): L {
  if (!('counts' in layout)) return layout;
  const { data, counts, displs } = layout;
  return { data, counts: [...counts], displs: [...displs] } as Irregular as L;
}

import type { Exchange, Messages, Nonblocking, Operation, Reduction } from '../fabric.ts';
import type { Irregular, Layout, TypedArray } from '../memory.ts';
import type { Incoming, Outgoing } from '../message.ts';
import type { Steps } from '../schedule.ts';
import type { ThreadsCarrier } from './carrier.ts';
import type { Call } from './collectives.ts';
import { Contexts } from './group.ts';
import { ScheduledOperation } from './scheduled.ts';
import * as schedules from './schedules.ts';
import { Port } from './port.ts';

/** The non-blocking collectives of a communicator over threads: in a context of their own, and in the ledger with the blocking ones. */
export class ThreadsNonblocking implements Nonblocking {
  readonly #carrier: ThreadsCarrier;
  readonly #port: Port;

  constructor(carrier: ThreadsCarrier) {
    this.#carrier = carrier;
    this.#port = new Port(carrier.fabric.engine, carrier.group, Contexts.NONBLOCKING);
  }

  barrier(): Operation {
    return this.#begin(-1, (call) => schedules.barrier(call));
  }

  bcast(array: TypedArray, root: number): Operation {
    return this.#begin(root, (call) => schedules.bcast(call, array, root));
  }

  scatter(send: Layout | null, recv: TypedArray | null, root: number): Operation {
    return this.#begin(root, (call) => schedules.scatter(call, send, recv, root));
  }

  scatterv(send: Irregular | null, recv: TypedArray | null, root: number): Operation {
    return this.scatter(send, recv, root);
  }

  gather(send: TypedArray | null, recv: Layout | null, root: number): Operation {
    return this.#begin(root, (call) => schedules.gather(call, send, recv, root));
  }

  gatherv(send: TypedArray | null, recv: Irregular | null, root: number): Operation {
    return this.gather(send, recv, root);
  }

  allgather(send: TypedArray | null, recv: Layout): Operation {
    return this.#begin(-1, (call) => schedules.allgather(call, send, recv));
  }

  alltoall(send: Layout | null, recv: Layout): Operation {
    return this.#begin(-1, (call) => schedules.alltoall(call, send, recv));
  }

  alltoallw(send: readonly TypedArray[], recv: readonly TypedArray[]): Operation {
    return this.#begin(-1, (call) => schedules.alltoall(call, send, recv));
  }

  reduce(send: TypedArray | null, recv: TypedArray | null, op: Reduction, root: number): Operation {
    return this.#begin(root, (call) => schedules.reduce(call, send, recv, op, root));
  }

  allreduce(send: TypedArray | null, recv: TypedArray, op: Reduction): Operation {
    return this.#begin(-1, (call) => schedules.reduce(call, send, recv, op, -1));
  }

  scan(send: TypedArray | null, recv: TypedArray, op: Reduction): Operation {
    return this.#begin(-1, (call) => schedules.scan(call, send, recv, op, false));
  }

  exscan(send: TypedArray | null, recv: TypedArray, op: Reduction): Operation {
    return this.#begin(-1, (call) => schedules.scan(call, send, recv, op, true));
  }

  reduceScatter(
    send: TypedArray | null,
    recv: TypedArray,
    counts: readonly number[],
    op: Reduction,
  ): Operation {
    return this.#begin(-1, (call) => schedules.reduceScatter(call, send, recv, counts, op));
  }

  exchange(outgoing: readonly (Outgoing | undefined)[], sources: readonly number[], root: number): Exchange {
    const messages: (Incoming | undefined)[] = [];
    const operation = this.#begin(root, (call) =>
      schedules.exchange(call, outgoing, sources, (source, incoming) => (messages[source] = incoming)),
    );
    operation.messages = messages;
    return operation;
  }

  compose(steps: (messages: Messages) => Steps, root: number): Operation {
    return this.#begin(root, (call) => steps(schedules.messagesOf(call)));
  }

  /** Blocks until all that have begun are done: before the communicator goes. */
  settle(): void {
    const { engine } = this.#carrier.fabric;
    for (const operation of engine.scheduled) {
      if (operation.group === this.#carrier.group) engine.wait(operation);
    }
  }

  #begin(root: number, body: (call: Call) => Steps): ScheduledOperation {
    const { group, operation, ledger, fabric } = this.#carrier;
    const number = ledger.begin(operation, root);
    const steps = body({ port: this.#port, group, number, operation });
    const scheduled = new ScheduledOperation(fabric.engine, group, operation, steps);
    fabric.engine.begin(scheduled);
    ledger.end();
    return scheduled;
  }
}

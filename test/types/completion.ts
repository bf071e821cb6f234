/** Types of what completes requests. Compiled by `npm run types`; nothing here runs. */
import {
  Request,
  Status,
  testAny,
  waitAll,
  waitAny,
  waitSome,
  type Communicator,
  type PersistentRequest,
} from 'flotilla';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Does not compile where the value has another type. */
const exactly =
  <A>() =>
  <B>(value: B, ...differ: Same<A, B> extends true ? [] : [never]): unknown => [value, differ];

export function completion(comm: Communicator, halo: PersistentRequest[]): void {
  const count = comm.irecv<number>(0);
  const name = comm.irecv<string>(1);

  exactly<[number, string]>()(waitAll([count, name]));

  const named: readonly [Request<number>, Request<string>] = [count, name];
  exactly<[number, string]>()(waitAll(named));

  exactly<[number, undefined, string]>()(waitAll([count, null, name]));

  const list: Request<Map<string, number>>[] = [];
  exactly<Map<string, number>[]>()(waitAll(list));

  const holes: (Request<number> | null)[] = [];
  exactly<(number | undefined)[]>()(waitAll(holes));

  exactly<void[]>()(waitAll(halo, [new Status()]));

  const exchanged = comm.isendrecv<Date>(new Date(), 0);
  exactly<Request<Date>>()(exchanged);
  exactly<Status>()(exchanged.status);

  exactly<number | undefined>()(waitAny(halo));
  exactly<number[] | undefined>()(waitSome(halo));

  // @ts-expect-error statuses come in a list
  waitAll([count], new Status());
  // @ts-expect-error one status for one request
  testAny([count], [new Status()]);
  // @ts-expect-error a string does not become a number
  exactly<[number, number]>()(waitAll([count, name]));
  // @ts-expect-error status is read only
  count.status = new Status();
}

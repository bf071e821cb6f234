import { waitAll, type Communicator } from '../comm/index.ts';
import { processorName, world } from '../world.ts';
import { Dispatcher } from './dispatcher.ts';
import { packError, unpackError } from '../internal/index.ts';
import { layOut, type Layout } from './layout.ts';
import { follow, Leader } from './member.ts';
import type { Conduit, Pool, Team, Work } from './model.ts';
import { check } from './check.ts';
import { AT_END, type Verdict } from './protocol.ts';

export interface DistributedOptions {
  /** Ranks that evaluate a sample together. Default 1. */
  readonly ranksPerTeam?: number;
  /** Ranks before the first team; the first of them runs the engine, others stay idle. Default 1. */
  readonly engineRanks?: number;
  /** Ranks that do not fill a team: refused (default), or left idle. */
  readonly leftover?: 'error' | 'idle';
  /**
   * Samples that wait at a team while it works, so that no round trip lies between two short ones. Samples that take longer than
   * 20 ms on average are handed out one by one: a round trip is nothing to them, and none is to wait behind a long one; of samples shorter
   * than 0.1 ms more are sent ahead. 0: none ever. Default 1.
   */
  readonly prefetch?: number;
  /**
   * 'duplicate': when nothing else is left to do, idle teams evaluate samples that others still work on, and the first answer counts. For
   * models without side effects. Default 'wait'.
   */
  readonly stragglers?: 'wait' | 'duplicate';
  /** The ranks; default: the world. */
  readonly comm?: Communicator;
}

/** How teams are given their samples. */
export interface Dispatch {
  readonly prefetch: number;
  readonly duplicate: boolean;
}

/**
 * Teams over the ranks of a communicator: one engine and as many teams of `ranksPerTeam` as there are ranks for. Throws ERR_TEAMS,
 * on every rank, when they do not divide.
 */
export function distributed(options: DistributedOptions = {}): Conduit {
  const of = 'distributed';
  check.names(of, options, ['ranksPerTeam', 'engineRanks', 'leftover', 'prefetch', 'stragglers', 'comm']);
  const ranksPerTeam = check.wholeNumber(of, 'ranksPerTeam', options.ranksPerTeam ?? 1, 1);
  const engineRanks = check.wholeNumber(of, 'engineRanks', options.engineRanks ?? 1, 1);
  const prefetch = check.wholeNumber(of, 'prefetch', options.prefetch ?? 1, 0);
  const leftover = check.oneOf(of, 'leftover', options.leftover ?? 'error', ['error', 'idle']);
  const stragglers = check.oneOf(of, 'stragglers', options.stragglers ?? 'wait', ['wait', 'duplicate']);
  return {
    description: { conduit: of, ranksPerTeam, engineRanks, leftover, prefetch, stragglers },
    async open<R>(works: readonly Work[], engine: (pool: Pool) => Promise<R>): Promise<R> {
      const given = options.comm ?? world();
      // Refused before any collective: a rank that threw alone would leave the others waiting.
      layOut(new Array<string>(given.size).fill(''), ranksPerTeam, engineRanks, leftover);
      const comm = given.dup();
      const layout = layOut(comm.allgather(processorName()), ranksPerTeam, engineRanks, leftover);
      const { team, control } = form(comm, layout);
      if (comm.rank === layout.engine) {
        const dispatch = { prefetch, duplicate: stragglers === 'duplicate' };
        const result = await conduct(comm, layout, works, engine, dispatch);
        comm.free();
        return result;
      }
      if (team && control) {
        if (team.comm.rank === 0) await new Leader(comm, layout.engine, works, team, control).lead();
        else await follow(works, team, control);
      }
      const verdict = comm.recv<Verdict>(layout.engine, AT_END);
      if ('failure' in verdict) throw unpackError(verdict.failure);
      control?.free();
      team?.comm.free();
      comm.free();
      return verdict.value as R;
    },
  };
}

/** Collective: the communicators of the teams. `control` carries what the leader tells its team; models never see it. */
function form(comm: Communicator, { teams }: Layout): { team?: Team; control?: Communicator } {
  const index = teams.findIndex((ranks) => ranks.includes(comm.rank));
  const own = comm.split(index < 0 ? null : index);
  return own === null ? {} : { team: { comm: own, index }, control: own.dup() };
}

/** The engine's rank: runs the engine over the teams, then tells all ranks what came of it. */
async function conduct<R>(
  comm: Communicator,
  layout: Layout,
  works: readonly Work[],
  engine: (pool: Pool) => Promise<R>,
  dispatch: Dispatch,
): Promise<R> {
  const leaders = layout.teams.map((ranks) => ranks[0]!);
  const pool = new Dispatcher(comm, leaders, works.length, dispatch);
  const others = Array.from({ length: comm.size }, (_, rank) => rank).filter(
    (rank) => rank !== layout.engine,
  );
  const tell = (verdict: Verdict) => others.map((rank) => comm.isend(verdict, rank, AT_END));
  let value: R;
  try {
    value = await pool.run(() => engine(pool));
  } catch (error) {
    // Nobody is waited for: a leader may be deep in its model, and if nobody catches this error the job ends now.
    void pool.end();
    for (const request of tell({ failure: packError(error) })) request.free();
    throw error;
  }
  await pool.end();
  waitAll(tell({ value }));
  return value;
}

import { ExperimentError } from './error.ts';

/** Which ranks do what. The same on every rank: it follows from the arguments alone. */
export interface Layout {
  /** The rank of the engine. */
  readonly engine: number;
  /** Ranks of each team, the leader first. */
  readonly teams: readonly (readonly number[])[];
  /** Ranks that only wait for the result. */
  readonly idle: readonly number[];
}

/**
 * Teams of consecutive ranks after the engine's, each within one host where that is possible. `hosts` has the host of every rank.
 * Throws ERR_TEAMS with the nearest sizes that work when ranks are left over and may not be.
 */
export function layOut(
  hosts: readonly string[],
  ranksPerTeam: number,
  engineRanks: number,
  leftover: 'error' | 'idle',
): Layout {
  const available = hosts.length - engineRanks;
  const count = Math.floor(available / ranksPerTeam);
  if (count < 1 || (leftover === 'error' && available % ranksPerTeam !== 0)) {
    throw new ExperimentError('ERR_TEAMS', explain(hosts.length, ranksPerTeam, engineRanks));
  }
  const byHost = new Map<string, number[]>();
  for (let rank = engineRanks; rank < hosts.length; rank++) {
    const ranks = byHost.get(hosts[rank]!) ?? [];
    byHost.set(hosts[rank]!, [...ranks, rank]);
  }
  const teams: number[][] = [];
  const rest: number[] = [];
  for (const ranks of byHost.values()) {
    const whole = ranks.length - (ranks.length % ranksPerTeam);
    for (let at = 0; at < whole; at += ranksPerTeam) teams.push(ranks.slice(at, at + ranksPerTeam));
    rest.push(...ranks.slice(whole));
  }
  rest.sort((a, b) => a - b);
  while (teams.length < count) teams.push(rest.splice(0, ranksPerTeam));
  teams.sort((a, b) => a[0]! - b[0]!);
  const engines = Array.from({ length: engineRanks - 1 }, (_, i) => i + 1);
  return { engine: 0, teams, idle: [...engines, ...rest] };
}

function explain(size: number, ranksPerTeam: number, engineRanks: number): string {
  const engine = `${engineRanks} for the engine`;
  const below = Math.floor((size - engineRanks) / ranksPerTeam) * ranksPerTeam + engineRanks;
  const above = below + ranksPerTeam;
  const right = below > engineRanks ? `${below} or ${above}` : `at least ${above}`;
  const way = below > engineRanks ? `, or set leftover: 'idle'` : '';
  return `${size} ranks (${engine}) do not make teams of ${ranksPerTeam}: ` + `start ${right} ranks${way}`;
}

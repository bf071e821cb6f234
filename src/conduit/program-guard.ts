import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/** Seconds between the request to end and the end. */
const GRACE = 1;

/**
 * Reads groups of processes that begin (+) and that have ended (-). Its input ends with its owner,
 * however that ends (SIGKILL and a terminated thread too): then it ends the groups that are left.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
running=' '
while read -r sign group; do
  case $sign in
    +) running="$running$group " ;;
    -) running="\${running%% $group *} \${running#* $group }" ;;
  esac
done
[ "$running" = ' ' ] && exit
for group in $running; do kill -TERM -$group; done 2>/dev/null
sleep ${GRACE}
for group in $running; do kill -KILL -$group; done 2>/dev/null
`;

let guard: ChildProcess | undefined;

/** Starts the guard of this thread's programs unless it runs. It outlives the signals of a terminal. */
export function startGuard(): void {
  if (guard !== undefined) return;
  const started = spawn('/bin/sh', ['-c', SCRIPT], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard = started;
  const forget = () => {
    if (guard === started) guard = undefined;
  };
  started.on('error', forget);
  started.on('exit', forget);
  started.stdin.on('error', () => undefined);
  // Neither keeps the program running.
  started.unref();
  if (started.stdin instanceof Socket) started.stdin.unref();
}

/** Guards the process group of a program that leads one; returns what ends the watch. */
export function watch(group: number): () => void {
  guard?.stdin?.write(`+ ${group}\n`);
  return () => void guard?.stdin?.write(`- ${group}\n`);
}

/** Ends a process group: asks first, then insists, unless `ended` says that it is gone. */
export function endGroup(group: number, ended: () => boolean): void {
  signalGroup(group, 'SIGTERM');
  setTimeout(() => {
    if (!ended()) signalGroup(group, 'SIGKILL');
  }, GRACE * 1000).unref();
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended by itself.
  }
}

/** Uses its streams in the way that its first argument names. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { world } from 'flotilla';

const [way] = process.argv.slice(2);
const comm = world();

const sum = (bytes: Uint8Array) =>
  bytes.reduce((total, byte, i) => (total + byte * (i % 251)) % 1_000_003, 0);

switch (way) {
  case 'lines':
    for (let i = 0; i < 20; i++) console.log(String(comm.rank).repeat(5000 + 3000 * comm.rank));
    process.stdout.write('no end of line'.repeat(comm.rank === 1 ? 1 : 0));
    break;
  case 'endless':
    for (;;) console.log('a line');
  case 'face': {
    const { stdout } = process;
    const { isTTY, columns, rows } = stdout;
    console.log({ colours: true });
    const called = isTTY ? [stdout.clearLine(0), stdout.cursorTo(0), stdout.moveCursor(0, 0)].length : 0;
    const depth = isTTY ? [stdout.getColorDepth(), stdout.hasColors(), stdout.getWindowSize()] : [];
    const text = JSON.stringify({ isTTY, columns, rows, called, depth, clearLine: typeof stdout.clearLine });
    if (comm.rank === 1) console.log(`\nface ${text}`);
    break;
  }
  case 'stream': {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    const all = Buffer.concat(chunks);
    console.log(`rank ${comm.rank} read ${all.length} bytes, ${sum(all)}`);
    break;
  }
  case 'whole': {
    const all = comm.rank === 0 ? readFileSync(0) : Buffer.alloc(0);
    console.log(`rank ${comm.rank} read ${all.length} bytes, ${sum(all)}`);
    break;
  }
  case 'first line': // and not the rest
    if (comm.rank === 0) {
      const lines = createInterface({ input: process.stdin });
      for await (const line of lines) {
        console.log(`the first line is ${line}`);
        break;
      }
      lines.close();
      process.stdin.destroy();
    }
    break;
}

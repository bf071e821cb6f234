/** Together more than V8 lets new array buffers hold before it collects them (32 MiB); the first as large as glibc's threshold may become. */
const BYTES = [33_000_000, 2_000_000, 1];

let done = false;

/**
 * Lets the C library keep what it gets back, once in a process. glibc returns freed blocks of some MB to the system and maps new ones for the next
 * message, with a page fault for each 4 KiB: that takes several times as long as the message. When it frees a mapped block it takes sizes up to
 * that one for usual, and keeps twice as much (mallopt(3), M_MMAP_THRESHOLD is dynamic). Nobody touches the block, so it costs the
 * millisecond of the collection.
 */
export function keepFreedMemory(): void {
  if (done) return;
  done = true;
  for (const bytes of BYTES) new Uint8Array(bytes).at(0);
}

/** `npm run bench -- NAME`: prints one table, ours beside its peers, measured in turn in one run. */
const BENCHES = ['messages', 'loops', 'collectives', 'scale'] as const;

const [name, ...args] = process.argv.slice(2);
if (name === undefined || name === '--help' || !BENCHES.some((bench) => bench === name)) {
  process.stdout.write(
    `npm run bench -- NAME\n\n  messages     latency, bandwidth, objects, start-up: beside C and mpi4py\n  loops        items a second and efficiency: beside mpi4py.futures\n  collectives  8 bytes to 8 MiB on 2 and 4 ranks: beside C and mpi4py\n  scale        threads from 2 to 64 ranks: barrier, allreduce, memory\n`,
  );
  process.exit(name === '--help' ? 0 : 2);
}
const { main } = (await import(`./${name}.ts`)) as { main: (args: string[]) => Promise<void> };
await main(args);

/** `npm run bench -- NAME`: prints one table, ours beside its peers, measured in turn in one run. */
const BENCHES: Readonly<Record<string, string>> = {
  values: 'values with one long array: beside Send and Recv, and mpi4py.util.pkl5',
  messages: 'latency, bandwidth, objects, start-up: beside C and mpi4py',
  loops: 'items a second and efficiency: beside mpi4py.futures',
  collectives: '8 bytes to 8 MiB on 2 and 4 ranks: beside C and mpi4py',
  scale: 'threads from 2 to 64 ranks: barrier, allreduce, memory',
  start: 'ranks from a slow file system, over two hosts of Slurm: by hand, from the file of a job',
  pool: 'tasks a second, latency: beside piscina, tinypool, workerpool and mpi4py.futures',
  grid: 'halo exchange, weak scaling, launches: beside C over MPI',
  kernels: 'nanoseconds a point: beside gcc -O3, a textbook loop, plain JavaScript',
  inference:
    'evaluations, error and told error of samplers and optimizers: beside dynesty, emcee, pycma, Stan',
  linalg: 'eigenvalues, products, evolution: beside slepc4py and scipy',
  teams: "busy share of sleeping models, overhead a sample, solvers' own cost",
};

const [name = '--help', ...args] = process.argv.slice(2);
if (!Object.hasOwn(BENCHES, name)) {
  const rows = Object.entries(BENCHES).map(([bench, what]) => `  ${bench.padEnd(13)}${what}\n`);
  process.stdout.write(`npm run bench -- NAME [ROUNDS]\n\n${rows.join('')}`);
  process.exit(name === '--help' ? 0 : 2);
}
const { main } = (await import(`./${name}.ts`)) as { main: (args: string[]) => Promise<void> };
await main(args);

/* The C side of bench/collectives.ts: prints `call-bytes microseconds`. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int rank, size;
static double *send, *recv;

/* Microseconds a call of the slowest rank, over so many calls. */
static double series(int call, int n, int rounds) {
  MPI_Barrier(MPI_COMM_WORLD);
  double start = MPI_Wtime();
  for (int i = 0; i < rounds; i++) {
    if (call == 0) MPI_Bcast(send, n, MPI_DOUBLE, i % size, MPI_COMM_WORLD);
    if (call == 1) MPI_Allreduce(send, recv, n, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    if (call == 2) MPI_Alltoall(send, n, MPI_DOUBLE, recv, n, MPI_DOUBLE, MPI_COMM_WORLD);
    if (call >= 4) /* writes to each cache line first */
      for (int j = 0; j < (call == 4 ? n * size : n); j += 8) send[j] += 1;
    if (call == 4) MPI_Alltoall(send, n, MPI_DOUBLE, recv, n, MPI_DOUBLE, MPI_COMM_WORLD);
    if (call == 3 || call == 5) MPI_Allgather(send, n, MPI_DOUBLE, recv, n, MPI_DOUBLE, MPI_COMM_WORLD);
  }
  double time = (MPI_Wtime() - start) / rounds * 1e6, slowest;
  MPI_Allreduce(&time, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  return slowest;
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const char *names[] = { "bcast", "allreduce", "alltoall", "allgather", "alltoall-new", "allgather-new" };
  for (int bytes = 8; bytes <= 8 << 20; bytes *= bytes == 8 || bytes == 65536 ? 16 : 8) {
    int n = bytes / 8, many = bytes <= 1024 ? 5000 : bytes <= 65536 ? 500 : bytes <= 1 << 20 ? 50 : 8;
    send = calloc((size_t)n * size, 8);
    recv = calloc((size_t)n * size, 8);
    for (int call = 0; call < 6; call++) {
      double fitting = 20000 / series(call, n, many / 8);
      int rounds = fitting < 4 ? 4 : fitting < many ? (int)fitting : many;
      double best = 1e9;
      for (int k = 0; k < 8; k++) {
        double time = series(call, n, rounds);
        if (time < best) best = time;
      }
      if (rank == 0) printf("%s-%d %f\n", names[call], bytes, best);
    }
    free(send);
    free(recv);
  }
  MPI_Finalize();
  return 0;
}

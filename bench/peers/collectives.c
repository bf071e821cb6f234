/* The C side of bench/collectives.ts: prints `call-bytes microseconds`. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank, size;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const char *names[] = { "bcast", "allreduce", "alltoall", "allgather" };
  for (int bytes = 8; bytes <= 8 << 20; bytes *= bytes == 8 || bytes == 65536 ? 16 : 8) {
    int n = bytes / 8, rounds = bytes <= 1024 ? 5000 : bytes <= 65536 ? 500 : bytes <= 1 << 20 ? 50 : 8;
    if (size > 2) rounds = rounds > 100 ? rounds / 25 : 4; /* more ranks than cores take long */
    double *send = calloc((size_t)n * size, 8), *recv = calloc((size_t)n * size, 8);
    for (int call = 0; call < 4; call++) {
      double best = 1e9;
      for (int k = 0; k < 8; k++) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        for (int i = 0; i < rounds; i++) {
          if (call == 0) MPI_Bcast(send, n, MPI_DOUBLE, i % size, MPI_COMM_WORLD);
          if (call == 1) MPI_Allreduce(send, recv, n, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
          if (call == 2) MPI_Alltoall(send, n, MPI_DOUBLE, recv, n, MPI_DOUBLE, MPI_COMM_WORLD);
          if (call == 3) MPI_Allgather(send, n, MPI_DOUBLE, recv, n, MPI_DOUBLE, MPI_COMM_WORLD);
        }
        double time = (MPI_Wtime() - start) / rounds * 1e6, slowest;
        MPI_Allreduce(&time, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
        if (slowest < best) best = slowest;
      }
      if (rank == 0) printf("%s-%d %f\n", names[call], bytes, best);
    }
    free(send);
    free(recv);
  }
  MPI_Finalize();
  return 0;
}

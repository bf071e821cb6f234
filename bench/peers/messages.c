/* The C side of bench/messages.ts: prints `name microseconds`, one way. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int rank;

static double pingpong(char *buffer, int bytes, int rounds) {
  double best = 1e9;
  for (int k = 0; k < 5; k++) {
    MPI_Barrier(MPI_COMM_WORLD);
    double start = MPI_Wtime();
    for (int i = 0; i < rounds; i++) {
      if (rank == 0) MPI_Send(buffer, bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
      MPI_Recv(buffer, bytes, MPI_BYTE, 1 - rank, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      if (rank == 1) MPI_Send(buffer, bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
    }
    double time = (MPI_Wtime() - start) / rounds / 2 * 1e6;
    if (time < best) best = time;
  }
  return best;
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int size;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  double best = 1e9;
  if (size > 2) {
    for (int k = 0; k < 5; k++) {
      double start = MPI_Wtime();
      for (int i = 0; i < 2000; i++) MPI_Barrier(MPI_COMM_WORLD);
      double time = (MPI_Wtime() - start) / 2000 * 1e6;
      if (time < best) best = time;
    }
    if (rank == 0) printf("barrier %f\n", best);
    MPI_Finalize();
    return 0;
  }
  char *buffer = calloc(16 << 20, 1);
  double small = pingpong(buffer, 8, 100000), middle = pingpong(buffer, 1 << 20, 300), large = pingpong(buffer, 16 << 20, 30);
  double floats = pingpong(buffer, 8000000, 50);
  double in[8] = { 0 }, out[8];
  for (int k = 0; k < 5; k++) {
    double start = MPI_Wtime();
    for (int i = 0; i < 50000; i++) MPI_Allreduce(in, out, 8, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    double time = (MPI_Wtime() - start) / 50000 * 1e6;
    if (time < best) best = time;
  }
  if (rank == 0) printf("small %f\nmiddle %f\nlarge %f\nfloats %f\nallreduce %f\n", small, middle, large, floats, best);
  MPI_Finalize();
  return 0;
}

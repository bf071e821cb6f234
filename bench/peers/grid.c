/* The C side of bench/grid.ts: `name.packed` and `name.datatypes`, microseconds of an exchange of one halo layer of doubles between two ranks, both ways, persistent. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int rank;

/* One face of nx * ny * nz points in an array with rows of pitch and planes of plane elements; the layer beside it is received. */
static void face(const char *name, int nx, int ny, int nz, int pitch, int plane, long send, long receive, long elements) {
  double *data = calloc(elements, sizeof(double));
  int n = nx * ny * nz, rounds = n > 4096 ? 60 : 500;
  double *out = malloc(n * sizeof(double)), *in = malloc(n * sizeof(double));
  MPI_Datatype row, type;
  MPI_Type_vector(ny, nx, pitch, MPI_DOUBLE, &row);
  MPI_Type_create_hvector(nz, 1, (MPI_Aint)plane * sizeof(double), row, &type);
  MPI_Type_commit(&type);
  for (int typed = 0; typed < 2; typed++) {
    MPI_Request requests[2];
    if (typed) {
      MPI_Recv_init(data + receive, 1, type, 1 - rank, 0, MPI_COMM_WORLD, &requests[0]);
      MPI_Send_init(data + send, 1, type, 1 - rank, 0, MPI_COMM_WORLD, &requests[1]);
    } else {
      MPI_Recv_init(in, n, MPI_DOUBLE, 1 - rank, 0, MPI_COMM_WORLD, &requests[0]);
      MPI_Send_init(out, n, MPI_DOUBLE, 1 - rank, 0, MPI_COMM_WORLD, &requests[1]);
    }
    double best = 1e9;
    for (int sample = 0; sample < 8; sample++) {
      MPI_Barrier(MPI_COMM_WORLD);
      double start = MPI_Wtime();
      for (int round = 0; round < rounds; round++) {
        MPI_Start(&requests[0]);
        if (!typed)
          for (int k = 0, at = 0; k < nz; k++)
            for (int j = 0; j < ny; j++)
              for (int i = 0; i < nx; i++) out[at++] = data[send + i + (long)j * pitch + (long)k * plane];
        MPI_Start(&requests[1]);
        MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
        if (!typed)
          for (int k = 0, at = 0; k < nz; k++)
            for (int j = 0; j < ny; j++)
              for (int i = 0; i < nx; i++) data[receive + i + (long)j * pitch + (long)k * plane] = in[at++];
      }
      double time = (MPI_Wtime() - start) / rounds * 1e6;
      if (time < best) best = time;
    }
    MPI_Allreduce(MPI_IN_PLACE, &best, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    if (rank == 0) printf("%s.%s %f\n", name, typed ? "datatypes" : "packed", best);
    MPI_Request_free(&requests[0]);
    MPI_Request_free(&requests[1]);
  }
  MPI_Type_free(&row);
  MPI_Type_free(&type);
  free(data);
  free(out);
  free(in);
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  int p = 1040, q = 144, plane = 144 * 130;
  long first = p + 8, first3 = plane + q + 8;
  face("2d.x", 1, 1024, 1, p, 0, first, first - 1, 1026L * p);
  face("2d.y", 1024, 1, 1, p, 0, first, first - p, 1026L * p);
  face("3d.x", 1, 128, 128, q, plane, first3, first3 - 1, 131L * plane);
  face("3d.y", 128, 1, 128, q, plane, first3, first3 - q, 131L * plane);
  face("3d.z", 128, 128, 1, q, plane, first3, first3 - plane, 131L * plane);
  MPI_Finalize();
  return 0;
}

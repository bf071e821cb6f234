/* The C side of the conversation that talk.ts describes. */
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define WORLD MPI_COMM_WORLD
#define CHECK(condition)                                                       \
  if (!(condition)) {                                                          \
    fprintf(stderr, "C rank %d, line %d: %s\n", rank, __LINE__, #condition);   \
    MPI_Abort(WORLD, 1);                                                       \
  }

enum { MOST = 20000 };
static const int lengths[] = { 0, 1, 1000, MOST };
static int rank, size;

static int element(int r, int i) { return (3 * r + i) % 100; }

/* Everyone to everyone with elements of one kind. */
#define TALK(TYPE, KIND, K)                                                    \
  static void talk_##TYPE(void) {                                              \
    static TYPE data[MOST];                                                    \
    for (int l = 0; l < 4; l++)                                                \
      for (int source = 0; source < size; source++)                            \
        for (int dest = 0; dest < size; dest++) {                              \
          int n = lengths[l];                                                  \
          if (source == dest) continue;                                        \
          if (rank == source) {                                                \
            MPI_Request request;                                               \
            for (int i = 0; i < n; i++) data[i] = (TYPE)element(rank, i);      \
            if (n == 1) MPI_Ssend(data, n, KIND, dest, K, WORLD);              \
            else if (n == 1000) {                                              \
              MPI_Isend(data, n, KIND, dest, K, WORLD, &request);              \
              MPI_Wait(&request, MPI_STATUS_IGNORE);                           \
            } else MPI_Send(data, n, KIND, dest, K, WORLD);                    \
          }                                                                    \
          if (rank == dest) {                                                  \
            MPI_Status status;                                                 \
            int count;                                                         \
            MPI_Probe(source, MPI_ANY_TAG, WORLD, &status);                    \
            MPI_Get_count(&status, KIND, &count);                              \
            CHECK(status.MPI_SOURCE == source && status.MPI_TAG == K);         \
            CHECK(count == n);                                                 \
            MPI_Recv(data, n, KIND, source, K, WORLD, &status);                \
            for (int i = 0; i < n; i++) CHECK(data[i] == (TYPE)element(source, i)); \
          }                                                                    \
        }                                                                      \
  }

TALK(int8_t, MPI_INT8_T, 0)
TALK(uint8_t, MPI_UINT8_T, 1)
TALK(int16_t, MPI_INT16_T, 2)
TALK(uint16_t, MPI_UINT16_T, 3)
TALK(int32_t, MPI_INT32_T, 4)
TALK(uint32_t, MPI_UINT32_T, 5)
TALK(float, MPI_FLOAT, 6)
TALK(double, MPI_DOUBLE, 7)
TALK(int64_t, MPI_INT64_T, 8)
TALK(uint64_t, MPI_UINT64_T, 9)

static void collectives(int n) {
  double *mine = calloc(n + 1, sizeof *mine), *other = calloc(n + 1, sizeof *mine);
  double *whole = calloc((size_t)n * size + 1, sizeof *mine), *each = calloc((size_t)n * size + 1, sizeof *mine);
  int before = (rank + size - 1) % size;
  for (int i = 0; i < n; i++) mine[i] = element(rank, i);
  MPI_Sendrecv(mine, n, MPI_DOUBLE, (rank + 1) % size, 7, other, n, MPI_DOUBLE, before, 7, WORLD, MPI_STATUS_IGNORE);
  for (int i = 0; i < n; i++) CHECK(other[i] == element(before, i));
  MPI_Barrier(WORLD);
  for (int root = 0; root < size; root++) {
    for (int i = 0; i < n; i++) other[i] = rank == root ? element(root, i) : -1;
    MPI_Bcast(other, n, MPI_DOUBLE, root, WORLD);
    for (int i = 0; i < n; i++) CHECK(other[i] == element(root, i));
    for (int i = 0; i < n * size; i++) whole[i] = element(i / n, i % n);
    MPI_Scatter(whole, n, MPI_DOUBLE, other, n, MPI_DOUBLE, root, WORLD);
    for (int i = 0; i < n; i++) CHECK(other[i] == mine[i]);
    MPI_Gather(other, n, MPI_DOUBLE, each, n, MPI_DOUBLE, root, WORLD);
    if (rank == root) for (int i = 0; i < n * size; i++) CHECK(each[i] == whole[i]);
    MPI_Reduce(mine, other, n, MPI_DOUBLE, MPI_SUM, root, WORLD);
    for (int i = 0; i < n && rank == root; i++) {
      int sum = 0;
      for (int r = 0; r < size; r++) sum += element(r, i);
      CHECK(other[i] == sum);
    }
  }
  MPI_Allgather(mine, n, MPI_DOUBLE, each, n, MPI_DOUBLE, WORLD);
  for (int i = 0; i < n * size; i++) CHECK(each[i] == element(i / n, i % n));
  for (int i = 0; i < n * size; i++) whole[i] = rank;
  MPI_Alltoall(whole, n, MPI_DOUBLE, each, n, MPI_DOUBLE, WORLD);
  for (int i = 0; i < n * size; i++) CHECK(each[i] == i / n);
  int *largest = calloc(n + 1, sizeof *largest);
  for (int i = 0; i < n; i++) largest[i] = element(rank, i);
  MPI_Allreduce(MPI_IN_PLACE, largest, n, MPI_INT32_T, MPI_MAX, WORLD);
  MPI_Scan(mine, other, n, MPI_DOUBLE, MPI_SUM, WORLD);
  for (int i = 0; i < n; i++) {
    int sum = 0, most = 0;
    for (int r = 0; r < size; r++) {
      if (element(r, i) > most) most = element(r, i);
      if (r <= rank) sum += element(r, i);
    }
    CHECK(largest[i] == most);
    CHECK(other[i] == sum);
  }
  free(mine), free(other), free(whole), free(each), free(largest);
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(WORLD, &rank);
  MPI_Comm_size(WORLD, &size);
  talk_int8_t(), talk_uint8_t(), talk_int16_t(), talk_uint16_t(), talk_int32_t(), talk_uint32_t();
  talk_float(), talk_double(), talk_int64_t(), talk_uint64_t();
  for (int l = 0; l < 4; l++) collectives(lengths[l]);

  int counts[size], displs[size], mine[size], blocks[size * (size + 1) / 2], at = 0;
  for (int r = 0; r < size; r++) counts[r] = r + 1, displs[r] = r * (r + 1) / 2, mine[r] = rank;
  MPI_Allgatherv(mine, rank + 1, MPI_INT32_T, blocks, counts, displs, MPI_INT32_T, WORLD);
  for (int r = 0; r < size; r++) for (int i = 0; i <= r; i++) CHECK(blocks[at++] == r);

  MPI_Comm reversed;
  int place;
  float first = (float)rank;
  MPI_Comm_split(WORLD, 0, size - rank, &reversed);
  MPI_Comm_rank(reversed, &place);
  CHECK(place == size - 1 - rank);
  MPI_Bcast(&first, 1, MPI_FLOAT, 0, reversed);
  CHECK(first == size - 1);
  MPI_Comm_free(&reversed);
  printf("C rank %d of %d: ok\n", rank, size);
  MPI_Finalize();
  return 0;
}

/* The C side of the Stokes rows of bench/grid.ts: the iteration of bench/ranks/grid-stokes.ts, rows of the grid dealt to 1 or 2 ranks.
   `stokes microseconds`, and `norm` and `force` after all iterations, to compare. Stress is computed in the halo too, so that velocity alone is
   exchanged, both components in one persistent message. */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#define N 126
#define PITCH 136 /* rows begin on 64 bytes */
#define SAMPLES 8
typedef double Row[PITCH];

static int rank, size, ny;
static double h, over, eta = 1, Gdt, effective, dtauP, dtauTau, dtauV, buoyancy = 10;
/* Element (i, j) is [j][i + 8]; row 0 is j = 0, one row of halo below it. */
static Row *p, *divV, *T, *xx, *yy, *xy, *xxOld, *yyOld, *xyOld, *Vx, *Vy, *restX, *restY;
static double outgoing[2 * N + 1], incoming[2 * N + 1];
static MPI_Request requests[2];

static Row *field(void) {
  static int count;
  size_t bytes = (ny + 3) * sizeof(Row) + 4096;
  char *memory = aligned_alloc(4096, (bytes + 8191) / 4096 * 4096);
  memory += 256 * (count++ % 16);
  Row *rows = (Row *)memory;
  for (int j = 0; j < ny + 3; j++)
    for (int i = 0; i < PITCH; i++) rows[j][i] = 0;
  return rows + 1;
}

static inline double change(double now, double old, double rate) {
  return (2 * rate - (now - old) / Gdt - now / eta) * effective * dtauTau;
}

static void centers(int n, double *restrict p, double *restrict d, double *restrict xx, double *restrict yy, const double *restrict xxOld,
                    const double *restrict yyOld, const double *restrict vx, const double *restrict vy, const double *restrict vyUp) {
  for (int i = 0; i < n; i++) {
    double x = (vx[i + 1] - vx[i]) * over, y = (vyUp[i] - vy[i]) * over, div = x + y;
    d[i] = div;
    p[i] -= div * effective * dtauP;
    xx[i] += change(xx[i], xxOld[i], x - div / 3);
    yy[i] += change(yy[i], yyOld[i], y - div / 3);
  }
}

static void vertices(int n, double *restrict xy, const double *restrict old, const double *restrict vx, const double *restrict vxDown,
                     const double *restrict vy) {
  for (int i = 0; i < n; i++) xy[i] += change(xy[i], old[i], 0.5 * ((vx[i] - vxDown[i]) * over + (vy[i] - vy[i - 1]) * over));
}

static void balanceX(int n, double *restrict v, double *restrict rest, const double *restrict xx, const double *restrict xy,
                     const double *restrict xyUp, const double *restrict p) {
  for (int i = 1; i < n; i++) {
    rest[i] = (xx[i] - xx[i - 1]) * over + (xyUp[i] - xy[i]) * over - (p[i] - p[i - 1]) * over;
    v[i] += rest[i] * dtauV;
  }
}

static void balanceY(int n, double *restrict v, double *restrict rest, const double *restrict yy, const double *restrict yyDown,
                     const double *restrict xy, const double *restrict p, const double *restrict pDown, const double *restrict T,
                     const double *restrict TDown) {
  for (int i = 0; i < n; i++) {
    rest[i] = (yy[i] - yyDown[i]) * over + (xy[i + 1] - xy[i]) * over - (p[i] - pDown[i]) * over + buoyancy * (0.5 * (T[i] + TDown[i]));
    v[i] += rest[i] * dtauV;
  }
}

static void exchange(void) {
  if (size == 1) return;
  double *x = Vx[rank ? 0 : ny - 1] + 8, *y = Vy[rank ? 1 : ny - 1] + 8;
  MPI_Start(&requests[0]);
  for (int i = 0; i <= N; i++) outgoing[i] = x[i];
  for (int i = 0; i < N; i++) outgoing[N + 1 + i] = y[i];
  MPI_Start(&requests[1]);
  MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
  x = Vx[rank ? -1 : ny] + 8;
  y = Vy[rank ? -1 : ny + 1] + 8;
  for (int i = 0; i <= N; i++) x[i] = incoming[i];
  for (int i = 0; i < N; i++) y[i] = incoming[N + 1 + i];
  /* The ghosts beyond the walls in x. */
  y[-1] = y[0];
  y[N] = y[N - 1];
}

static double largest(Row *f, int nx, int rows) {
  double most = 0;
  for (int j = 0; j < rows; j++)
    for (int i = 0; i < nx; i++) most = fmax(most, fabs(f[j][i + 8]));
  return most;
}

static double forces(void) {
  double most = fmax(fmax(largest(restX, N + 1, ny), largest(restY, N, ny + 1)), largest(divV, N, ny));
  MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  return most;
}

static void iterate(void) {
  int below = rank > 0, above = rank < size - 1;
  exchange();
  for (int j = -below; j < ny + above; j++)
    centers(N, p[j] + 8, divV[j] + 8, xx[j] + 8, yy[j] + 8, xxOld[j] + 8, yyOld[j] + 8, Vx[j] + 8, Vy[j] + 8, Vy[j + 1] + 8);
  for (int j = 0; j <= ny; j++) vertices(N + 1, xy[j] + 8, xyOld[j] + 8, Vx[j] + 8, Vx[j - 1] + 8, Vy[j] + 8);
  for (int j = 0; j < ny; j++) balanceX(N, Vx[j] + 8, restX[j] + 8, xx[j] + 8, xy[j] + 8, xy[j + 1] + 8, p[j] + 8);
  for (int j = !below; j < ny + above; j++)
    balanceY(N, Vy[j] + 8, restY[j] + 8, yy[j] + 8, yy[j - 1] + 8, xy[j] + 8, p[j] + 8, p[j - 1] + 8, T[j] + 8, T[j - 1] + 8);
  for (int j = 0; j <= ny; j++) {
    Vy[j][7] = Vy[j][8];
    Vy[j][N + 8] = Vy[j][N + 7];
  }
  if (!below)
    for (int i = 8; i < N + 9; i++) Vx[-1][i] = Vx[0][i];
  if (!above)
    for (int i = 8; i < N + 9; i++) Vx[ny][i] = Vx[ny - 1][i];
}

static double squares(Row *f, int nx, int rows) {
  double total = 0;
  for (int j = 0; j < rows; j++)
    for (int i = 0; i < nx; i++) total += f[j][i + 8] * f[j][i + 8];
  return total;
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size > 2) MPI_Abort(MPI_COMM_WORLD, 1);
  ny = N / size;
  h = 2.0 / N;
  over = 1 / h;
  Gdt = 10 * h;
  effective = 1 / (1 / eta + 1 / Gdt);
  double reach = 0.95 * h / sqrt(2.1), r = 0.7, length = 2 / (3 * M_PI), theta = length * (r + 2) / reach;
  dtauP = r / theta;
  dtauTau = 1 / (theta + 1);
  dtauV = reach * length / effective;
  Row **all[] = {&p, &divV, &T, &xx, &yy, &xy, &xxOld, &yyOld, &xyOld, &Vx, &Vy, &restX, &restY};
  for (int k = 0; k < 13; k++) *all[k] = field();
  for (int j = -1; j <= ny; j++)
    for (int i = 0; i < N; i++) T[j][i + 8] = hypot(-1 + (i + 0.5) * h, -1 + (rank * ny + j + 0.5) * h + 0.4) < 0.35;
  if (size == 2) {
    MPI_Recv_init(incoming, 2 * N + 1, MPI_DOUBLE, 1 - rank, 0, MPI_COMM_WORLD, &requests[0]);
    MPI_Send_init(outgoing, 2 * N + 1, MPI_DOUBLE, 1 - rank, 0, MPI_COMM_WORLD, &requests[1]);
  }
  double best = 1e9, force = 0;
  for (int sample = 0; sample <= SAMPLES; sample++) {
    MPI_Barrier(MPI_COMM_WORLD);
    double start = MPI_Wtime();
    for (int i = 0; i < N; i++) iterate();
    force = forces();
    double time = (MPI_Wtime() - start) / N * 1e6;
    if (sample > 0 && time < best) best = time;
  }
  MPI_Allreduce(MPI_IN_PLACE, &best, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  double sum = squares(Vx, N + 1, ny) + squares(Vy, N, ny) + squares(p, N, ny);
  MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  if (rank == 0) printf("stokes %f\nstokes.norm %.17g\nstokes.force %.17g\n", best, sqrt(sum), force);
  MPI_Finalize();
  return 0;
}

/*
 * MPI for Node-API: each function takes its integers from a block of registers that it shares with JavaScript, makes one MPI call and
 * leaves results and the MPI error class there. Reading registers costs nothing beside converting arguments (5 ns each) and looking up a typed
 * array (40 ns), which is why short messages travel through the stage, a piece of memory behind the registers.
 *
 * Policy (what to call when, errors, who keeps memory alive) is in src/fabric/mpi. Section numbers are of MPI 4.1.
 */
#define _GNU_SOURCE
#include <mpi.h>
#include <node_api.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <stdio.h>
#include <unistd.h>

/* ---- registers ------------------------------------------------------------------------------------------------------- */

/* As in src/fabric/mpi/binding.ts. Inputs and results share the words; an output is written after the inputs are read. */
enum { COMM, PEER, TAG, KIND, MODE, OP, ID, ERROR, SOURCE, GOT_TAG, FLAG, DONE, RANK, SIZE, TAG_UB, LEVEL, MESSAGE, PEER_COMM, REMOTE_SIZE, SLOT, KNOWN, WORDS = 64 };
enum { COUNT, BYTES, ADDRESS };
enum { HUGE = 2 << 20, STAGE_AT = 1024, STAGE_BYTES = 16384, DONE_AT = STAGE_AT + STAGE_BYTES, DONE_MAX = 256 };
enum { SLOTS = 16 };
enum { DONE_ID, DONE_SOURCE, DONE_TAG, DONE_ERROR, DONE_CANCELLED, DONE_PAD, DONE_BYTES, DONE_WORDS = 8 };

static int32_t *R;      /* 64 integers */
static double *F;       /* 64 doubles behind them */
static char *stage;     /* STAGE_BYTES to send from */
static char *stage_in;  /* STAGE_BYTES to receive into, the front of a landing */

/* As in src/fabric/message.ts. */
enum { MAGIC = 0x466c6f74 };

static char error_text[MPI_MAX_ERROR_STRING];

enum { KINDS = 11, OPS = 10 };
static MPI_Datatype types[KINDS];
static MPI_Op predefined[OPS];
static MPI_Op ops[OPS][KINDS]; /* what reductions use: predefined, or one of ours in its place, see mend_sum */

static MPI_Comm *comms;
static int comms_length;

static void done(int code) {
  R[ERROR] = MPI_SUCCESS;
  if (code == MPI_SUCCESS) return;
  int class, length;
  MPI_Error_class(code, &class);
  MPI_Error_string(code, error_text, &length);
  R[ERROR] = class;
}

static int keep_comm(MPI_Comm comm) {
  for (int i = 2; i < comms_length; i++)
    if (comms[i] == MPI_COMM_NULL) return comms[i] = comm, i;
  comms = realloc(comms, sizeof *comms * (comms_length + 1));
  comms[comms_length] = comm;
  return comms_length++;
}

/* ---- cores ----------------------------------------------------------------------------------------------------------- */

/* Ranks on this node, as far as known, and the cores they share. */
static int ranks_here, cores = 1;

static void count_ranks(void) {
  const char *local = getenv("MPI_LOCALNRANKS"); /* from Hydra */
  if (local == NULL) local = getenv("FLOTILLA_RANKS_HERE"); /* from srun, see environment.ts */
  cpu_set_t set;
  if (local != NULL) ranks_here = atoi(local);
  if (sched_getaffinity(0, sizeof set, &set) == 0) cores = CPU_COUNT(&set);
}

#ifdef MPICH_VERSION
/*
 * MPICH over UCX polls without end: with more ranks than cores it polls away the time of the rank it waits for. This function comes before UCX's own
 * of the same name, and lets others run when there was nothing to do, as Open MPI does.
 */
unsigned ucp_worker_progress(void *worker) {
  static unsigned (*progress)(void *);
  if (progress == NULL)
    progress = (unsigned (*)(void *))dlsym(dlopen("libucp.so.0", RTLD_LAZY | RTLD_NOLOAD), "ucp_worker_progress");
  unsigned events = progress(worker);
  if (events == 0 && ranks_here > cores) sched_yield();
  return events;
}
#endif

/* ---- arguments ------------------------------------------------------------------------------------------------------- */

#define CALL(name) static napi_value name(napi_env env, napi_callback_info info)
#define UNUSED (void)env, (void)info

/* Memory of the i-th argument; NULL where it is not a typed array. */
static int arrays(napi_env env, napi_callback_info info, int n, void **data) {
  size_t argc = n;
  napi_value argv[4];
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  for (int i = 0; i < n; i++) {
    size_t length;
    data[i] = NULL;
    if (napi_get_typedarray_info(env, argv[i], NULL, &length, &data[i], NULL, NULL) != napi_ok) data[i] = NULL;
    else if (length == 0) data[i] = stage + i; /* not NULL, and of two not the same: Open MPI 4 takes that for MPI_IN_PLACE */
  }
  return 0;
}

/* The same where KNOWN says that they are those of the last call with this SLOT, which JavaScript has kept (held.ts). */
static void held_arrays(napi_env env, napi_callback_info info, int n, void **data) {
  static void *held[SLOTS][2];
  void **last = held[R[SLOT]];
  if (!R[KNOWN]) arrays(env, info, n, last);
  memcpy(data, last, n * sizeof *data);
}

/*
 * Elements as (count, type): counts beyond int become one element of a type made of blocks and a rest (§4.1.2, and MPI 4's large
 * counts for libraries without them).
 */
typedef struct { int count; MPI_Datatype type; int made; } Elements;

static int make_elements(double count, MPI_Datatype base, Elements *e) {
  if (count <= INT_MAX) return *e = (Elements){ (int)count, base, 0 }, MPI_SUCCESS;
  enum { BLOCK = 1 << 20 };
  int64_t n = (int64_t)count;
  int blocks = (int)(n / BLOCK), rest = (int)(n % BLOCK);
  MPI_Datatype block;
  MPI_Aint lb, extent;
  MPI_Type_get_extent(base, &lb, &extent);
  MPI_Type_contiguous(BLOCK, base, &block);
  int lengths[2] = { blocks, rest };
  MPI_Aint displs[2] = { 0, (MPI_Aint)blocks * BLOCK * extent };
  MPI_Datatype parts[2] = { block, base };
  int code = MPI_Type_create_struct(2, lengths, displs, parts, &e->type);
  MPI_Type_free(&block);
  e->count = 1;
  e->made = 1;
  return code == MPI_SUCCESS ? MPI_Type_commit(&e->type) : code;
}

/* The same as one element, with room for `stride` elements: a piece of a block of so many. */
static int make_piece(double count, double stride, MPI_Datatype base, Elements *e) {
  if (count == stride) return make_elements(count, base, e);
  MPI_Datatype block;
  MPI_Aint lb, extent;
  MPI_Type_get_extent(base, &lb, &extent);
  MPI_Type_contiguous((int)count, base, &block);
  int code = MPI_Type_create_resized(block, 0, (MPI_Aint)stride * extent, &e->type);
  MPI_Type_free(&block);
  e->count = 1;
  e->made = 1;
  return code == MPI_SUCCESS ? MPI_Type_commit(&e->type) : code;
}

static void drop_elements(Elements *e) {
  if (e->made) MPI_Type_free(&e->type);
}

static double status_bytes(MPI_Status *status) {
  int few;
  MPI_Get_count(status, MPI_BYTE, &few); /* much quicker, where it fits */
  if (few != MPI_UNDEFINED) return few;
  MPI_Count bytes;
  MPI_Get_elements_x(status, MPI_BYTE, &bytes);
  return bytes == MPI_UNDEFINED ? -1 : (double)bytes;
}

static void report(MPI_Status *status) {
  R[SOURCE] = status->MPI_SOURCE;
  R[GOT_TAG] = status->MPI_TAG;
  F[BYTES] = status_bytes(status);
}

static int peer(int32_t rank) { return rank < 0 ? MPI_ANY_SOURCE : rank; }
static int tag(int32_t value) { return value < 0 ? MPI_ANY_TAG : value; }

/* ---- requests -------------------------------------------------------------------------------------------------------- */

/* Active requests lie dense, for MPI_Testsome; place[id] is where request id lies. */
static MPI_Request *requests;
static int *ids, *place;
static int active, active_room, place_room;
static char **memory_of; /* what a send of ours must free */

/* Descriptions that MPI may look at until an alltoallw is complete. */
typedef struct { int n, *counts, *displs; MPI_Datatype *types; } Pieces;
typedef struct { Pieces send, recv; } Wide;
static Wide **wide_of; /* by request id */
static void drop_wide(Wide *wide);

static MPI_Request *new_request(int id) {
  if (active == active_room) {
    active_room = active_room ? 2 * active_room : 64;
    requests = realloc(requests, sizeof *requests * active_room);
    ids = realloc(ids, sizeof *ids * active_room);
  }
  while (id >= place_room) {
    place_room = place_room ? 2 * place_room : 64;
    place = realloc(place, sizeof *place * place_room);
    memory_of = realloc(memory_of, sizeof *memory_of * place_room);
    wide_of = realloc(wide_of, sizeof *wide_of * place_room);
  }
  memory_of[id] = NULL;
  wide_of[id] = NULL;
  ids[active] = id;
  place[id] = active;
  requests[active] = MPI_REQUEST_NULL;
  return &requests[active++];
}

static void remove_request(int at) {
  active--;
  requests[at] = requests[active];
  ids[at] = ids[active];
  place[ids[at]] = at;
}

/* Notes for JavaScript that a request is complete. */
static void complete(int id, MPI_Status *status, int code) {
  int32_t *record = (int32_t *)((char *)R + DONE_AT) + DONE_WORDS * R[DONE]++;
  int class = MPI_SUCCESS, length, cancelled = 0;
  if (code != MPI_SUCCESS) {
    MPI_Error_class(code, &class);
    MPI_Error_string(code, error_text, &length);
  }
  MPI_Test_cancelled(status, &cancelled);
  record[DONE_ID] = id;
  record[DONE_SOURCE] = status->MPI_SOURCE;
  record[DONE_TAG] = status->MPI_TAG;
  record[DONE_ERROR] = class;
  record[DONE_CANCELLED] = cancelled;
  *(double *)(record + DONE_BYTES) = status_bytes(status);
#ifndef OPEN_MPI
  /* MPICH leaves an old count in the status of a message that did not fit. */
  if (class == MPI_ERR_TRUNCATE) *(double *)(record + DONE_BYTES) = 0;
#endif
  free(memory_of[id]);
  drop_wide(wide_of[id]);
}

/* A non-blocking call made into a request with the id in the registers. */
#define START(call)                                  \
  do {                                               \
    MPI_Request *request = new_request(R[ID]);       \
    int code = call;                                 \
    if (code != MPI_SUCCESS) active--;               \
    done(code);                                      \
  } while (0)

/* §3.7.5 MPI_Testsome over everything active. */
CALL(progress) {
  UNUSED;
  static int indices[DONE_MAX];
  static MPI_Status statuses[DONE_MAX];
  R[DONE] = 0;
  R[ERROR] = MPI_SUCCESS;
  if (active == 0) return NULL;
  if (active > DONE_MAX) { /* in pieces, from the end: removal moves the last to the gap */
    for (int at = active - 1; at >= 0 && R[DONE] < DONE_MAX; at--) {
      int flag;
      int code = MPI_Test(&requests[at], &flag, &statuses[0]);
      if (!flag && code == MPI_SUCCESS) continue;
      complete(ids[at], &statuses[0], code);
      remove_request(at);
    }
    return NULL;
  }
  int n;
  int code = MPI_Testsome(active, requests, &n, indices, statuses);
  if (n == MPI_UNDEFINED) return NULL;
  for (int i = 0; i < n; i++) {
    int failed = code == MPI_ERR_IN_STATUS ? statuses[i].MPI_ERROR : MPI_SUCCESS;
    complete(ids[indices[i]], &statuses[i], failed);
  }
  /* Remove from the highest place down. */
  for (int i = 0; i < n; i++) {
    int highest = i;
    for (int j = i + 1; j < n; j++) if (indices[j] > indices[highest]) highest = j;
    int at = indices[highest];
    indices[highest] = indices[i];
    remove_request(at);
  }
  return NULL;
}

/* §3.7.3 MPI_Wait for the request in ID. */
CALL(wait_one) {
  UNUSED;
  MPI_Status status;
  int id = R[ID], at = place[id];
  R[DONE] = 0;
  int code = MPI_Wait(&requests[at], &status);
  remove_request(at);
  complete(id, &status, code);
  R[ERROR] = MPI_SUCCESS;
  return NULL;
}

/* §3.7.5 MPI_Waitany over the requests whose ids an Int32Array lists. */
CALL(wait_any) {
  int32_t *wanted;
  size_t argc = 1, n;
  int index;
  napi_value argv[1];
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_get_typedarray_info(env, argv[0], NULL, &n, (void **)&wanted, NULL, NULL);
  MPI_Request *some = malloc(sizeof *some * n);
  for (size_t i = 0; i < n; i++) some[i] = requests[place[wanted[i]]];
  MPI_Status status;
  R[DONE] = 0;
  int code = MPI_Waitany((int)n, some, &index, &status);
  if (index != MPI_UNDEFINED) {
    int id = wanted[index];
    requests[place[id]] = some[index];
    remove_request(place[id]);
    complete(id, &status, code);
  }
  free(some);
  R[ERROR] = MPI_SUCCESS;
  return NULL;
}

/* §3.8.4 */
CALL(cancel) {
  UNUSED;
  done(MPI_Cancel(&requests[place[R[ID]]]));
  return NULL;
}

/* ---- landings -------------------------------------------------------------------------------------------------------- */

/*
 * A landing is where a message of unknown size comes in: address space without memory, which the system gives page by page as the
 * message fills it. So a receive of a value is one posted receive that MPI matches and progresses itself, whatever its size.
 * Addresses are finite too (128 TiB a process, less under ulimit -v): the first landings take the longest messages, each
 * later one its share of what is left.
 */
typedef struct Landing { char *at; size_t bytes, used; struct Landing *next; } Landing;

enum { LANDING_BLOCK = 64, MOST_WARM = 64 << 20, LEAST_LANDING = 1 << 20 };
enum { FIRST_LANDINGS = 256, HUGE_LANDINGS = 64 };
static const size_t FULL_LANDING = (size_t)8 << 30;
static size_t addresses = (size_t)64 << 40; /* for landings, not taken yet */
static size_t share = 16384;                /* a later landing takes one of so many parts of them */
static int limited;                         /* by ulimit -v */
static int landings;
static Landing *idle;
static MPI_Datatype landing_type;

/* Leaves most of a limited address space to everybody else. */
static void count_addresses(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  size_t used = 0, pages;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file != NULL) {
    if (fscanf(file, "%zu", &pages) == 1) used = pages * (size_t)sysconf(_SC_PAGESIZE);
    fclose(file);
  }
  size_t left = limit.rlim_cur > used ? limit.rlim_cur - used : 0;
  limited = 1;
  share = 16;
  if (left / 4 < addresses) addresses = left / 4;
}

/* Address space of at least so many bytes; NULL when there is none. */
static char *reserve(size_t bytes) {
  void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? NULL : at;
}

/* NULL, with an error in the registers, when no addresses are left. */
static Landing *take_landing(void) {
  if (idle != NULL) {
    Landing *landing = idle;
    idle = landing->next;
    return landing;
  }
  size_t bytes = landings < FIRST_LANDINGS && !limited ? FULL_LANDING : addresses / share;
  if (bytes > FULL_LANDING) bytes = FULL_LANDING;
  bytes = bytes / HUGE * HUGE;
  if (bytes < LEAST_LANDING) bytes = LEAST_LANDING;
  Landing *landing = calloc(1, sizeof *landing);
  while ((landing->at = reserve(bytes)) == NULL && bytes > LEAST_LANDING) bytes /= 2;
  if (landing->at == NULL) {
    free(landing);
    snprintf(error_text, sizeof error_text, "no addresses are left for another pending receive of a value");
    R[ERROR] = MPI_ERR_NO_MEM;
    return NULL;
  }
#ifdef MADV_HUGEPAGE
  /*
   * Large messages come faster into large pages; a small one must not cost a whole one. Each such landing is two mappings to the
   * system, which has 65,530 for a process; plain ones side by side are one.
   */
  if (landings < HUGE_LANDINGS && bytes > HUGE) madvise(landing->at + HUGE, bytes - HUGE, MADV_HUGEPAGE);
#endif
  landings++;
  landing->bytes = bytes;
  addresses = addresses > bytes ? addresses - bytes : 0;
  return landing;
}

/* The landing of blocking receives; the stage is its front. */
static Landing *front;

/* ---- point-to-point, §3 ---------------------------------------------------------------------------------------------- */

/* MODE: 1 synchronous. */
CALL(send_stage) {
  UNUSED;
  MPI_Comm comm = comms[R[COMM]];
  int count = (int)F[COUNT];
  if (R[MODE]) done(MPI_Ssend(stage, count, types[R[KIND]], R[PEER], R[TAG], comm));
  else done(MPI_Send(stage, count, types[R[KIND]], R[PEER], R[TAG], comm));
  return NULL;
}

/* True where a message of the values family has come. */
static int is_value(const void *data, double bytes) {
  const int32_t *words = data;
  return bytes >= 16 && words[0] == MAGIC && words[1] >= 16 && words[1] <= bytes;
}

/* There is room for any message, so one too long for the user's array is noticed with its length. */
CALL(recv_stage) {
  UNUSED;
  MPI_Status status;
  int size;
  MPI_Datatype type = types[R[KIND]];
  MPI_Type_size(type, &size);
  size_t room = front->bytes / size;
  int count = room < INT_MAX ? (int)room : INT_MAX;
  int code = MPI_Recv(stage_in, count, type, peer(R[PEER]), tag(R[TAG]), comms[R[COMM]], &status);
  report(&status);
  if (F[BYTES] > front->used) front->used = (size_t)F[BYTES];
  R[FLAG] = is_value(stage_in, F[BYTES]);
  done(code);
  return NULL;
}

/* MPI 4.1 §3.4, MPI_Send and MPI_Ssend. */
CALL(send_array) {
  void *data;
  arrays(env, info, 1, &data);
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  MPI_Comm comm = comms[R[COMM]];
  if (R[MODE]) done(MPI_Ssend(data, e.count, e.type, R[PEER], R[TAG], comm));
  else done(MPI_Send(data, e.count, e.type, R[PEER], R[TAG], comm));
  drop_elements(&e);
  return NULL;
}

/*
 * Looks at the message before it receives it (§3.8.1; no other thread can take it meanwhile): a library does not tell the length of one that does not fit, MPICH 4.0 says nothing
 * at all of one from the own rank, and Open MPI 4.1 writes it past the end of the array.
 */
CALL(recv_array) {
  void *data;
  arrays(env, info, 1, &data);
  MPI_Status status;
  Elements e;
  MPI_Comm comm = comms[R[COMM]];
  int size, code = MPI_Probe(peer(R[PEER]), tag(R[TAG]), comm, &status);
  if (code != MPI_SUCCESS) return done(code), NULL;
  double bytes = status_bytes(&status);
  int source = status.MPI_SOURCE, its_tag = status.MPI_TAG;
  make_elements(F[COUNT], types[R[KIND]], &e);
  MPI_Type_size(types[R[KIND]], &size);
  if (bytes > F[COUNT] * size) {
    data = front->at;
    code = MPI_Recv(data, (int)(front->bytes / LANDING_BLOCK), landing_type, source, its_tag, comm, &status);
    if (bytes > front->used) front->used = (size_t)bytes;
    if (code == MPI_SUCCESS) code = MPI_ERR_TRUNCATE;
  } else {
    code = MPI_Recv(data, e.count, e.type, source, its_tag, comm, &status);
  }
  drop_elements(&e);
  report(&status);
  done(code);
  R[FLAG] = code == MPI_SUCCESS && is_value(data, F[BYTES]);
  return NULL;
}

/* MPI 4.1 §3.7.2, MPI_Isend and MPI_Issend. */
CALL(isend_array) {
  void *data;
  arrays(env, info, 1, &data);
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  MPI_Comm comm = comms[R[COMM]];
  if (R[MODE]) START(MPI_Issend(data, e.count, e.type, R[PEER], R[TAG], comm, request));
  else START(MPI_Isend(data, e.count, e.type, R[PEER], R[TAG], comm, request));
  drop_elements(&e);
  return NULL;
}

/* MPI 4.1 §3.7.2, MPI_Irecv. */
CALL(irecv_array) {
  void *data;
  arrays(env, info, 1, &data);
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  START(MPI_Irecv(data, e.count, e.type, peer(R[PEER]), tag(R[TAG]), comms[R[COMM]], request));
  drop_elements(&e);
  return NULL;
}

/* MPI 4.1 §3.8.1, MPI_Probe and MPI_Iprobe. */
CALL(probe) {
  UNUSED;
  MPI_Status status;
  int flag = 1, code;
  if (R[MODE]) code = MPI_Iprobe(peer(R[PEER]), tag(R[TAG]), comms[R[COMM]], &flag, &status);
  else code = MPI_Probe(peer(R[PEER]), tag(R[TAG]), comms[R[COMM]], &status);
  R[FLAG] = flag;
  if (flag) report(&status);
  done(code);
  return NULL;
}

/* ---- messages of values: a head and parts from where they lie -------------------------------------------------------- */

/*
 * A message packed into one piece of memory. A datatype over the pieces where they lie would save the copy, but both families
 * send such types at a twentieth of the speed of contiguous memory.
 */
typedef struct { char *at; size_t length; } Packed;

static Packed pack(napi_env env, napi_callback_info info, char *(*allocate)(size_t)) {
  size_t argc = 2, head = (size_t)F[COUNT], length;
  napi_value argv[2];
  uint32_t parts = 0;
  void *data;
  Packed packed = { NULL, head };
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_get_array_length(env, argv[1], &parts);
  for (uint32_t i = 0; i < parts; i++) {
    napi_value part;
    napi_get_element(env, argv[1], i, &part);
    napi_get_typedarray_info(env, part, NULL, &length, NULL, NULL, NULL);
    packed.length += (length + 7) / 8 * 8;
  }
  packed.at = allocate(packed.length);
  napi_get_typedarray_info(env, argv[0], NULL, &length, &data, NULL, NULL);
  memcpy(packed.at, data, head);
  size_t at = head;
  for (uint32_t i = 0; i < parts; i++) {
    napi_value part;
    napi_get_element(env, argv[1], i, &part);
    napi_get_typedarray_info(env, part, NULL, &length, &data, NULL, NULL);
    memcpy(packed.at + at, data, length);
    at += length;
    for (; at % 8 != 0; at++) packed.at[at] = 0;
  }
  return packed;
}

/* For blocking sends: memory that stays warm, unless it is much. */
static char *shared_room;
static size_t shared_room_bytes;
enum { MOST_SHARED = 64 << 20 };

static char *shared(size_t bytes) {
  if (bytes > shared_room_bytes) {
    free(shared_room);
    shared_room_bytes = (bytes + HUGE - 1) / HUGE * HUGE;
    shared_room = aligned_alloc(HUGE, shared_room_bytes);
#ifdef MADV_HUGEPAGE
    madvise(shared_room, shared_room_bytes, MADV_HUGEPAGE);
#endif
  }
  return shared_room;
}

static char *own(size_t bytes) { return malloc(bytes); }

CALL(send_pieces) {
  Packed packed = pack(env, info, shared);
  MPI_Comm comm = comms[R[COMM]];
  Elements e;
  make_elements((double)packed.length, MPI_BYTE, &e);
  if (R[MODE]) done(MPI_Ssend(packed.at, e.count, e.type, R[PEER], R[TAG], comm));
  else done(MPI_Send(packed.at, e.count, e.type, R[PEER], R[TAG], comm));
  drop_elements(&e);
  if (shared_room_bytes > MOST_SHARED) {
    free(shared_room);
    shared_room = NULL;
    shared_room_bytes = 0;
  }
  return NULL;
}

CALL(isend_pieces) {
  Packed packed = pack(env, info, own);
  MPI_Comm comm = comms[R[COMM]];
  Elements e;
  make_elements((double)packed.length, MPI_BYTE, &e);
  if (R[MODE]) START(MPI_Issend(packed.at, e.count, e.type, R[PEER], R[TAG], comm, request));
  else START(MPI_Isend(packed.at, e.count, e.type, R[PEER], R[TAG], comm, request));
  drop_elements(&e);
  memory_of[R[ID]] = packed.at;
  return NULL;
}

/* The landing whose message JavaScript looks at: the front, or that of a request just completed. */
static Landing *current;
static Landing **landing_of; /* by request id */
static int landing_of_room;

#define IN_LANDING(landing) (landing)->at, (int)((landing)->bytes / LANDING_BLOCK), landing_type

/* A message of BYTES lies in a landing, and its front on the stage. */
static void look_at(Landing *landing) {
  size_t bytes = (size_t)F[BYTES];
  current = landing;
  if (bytes > current->used) current->used = bytes;
  if (current != front) memcpy(stage_in, current->at, bytes < STAGE_BYTES ? bytes : STAGE_BYTES);
}

/* For one message that is too long for the front where addresses are limited; its memory goes with it. */
static Landing single;

static int keep_message(MPI_Message message);

/* As in src/fabric/mpi/alone.ts. */
static int is_alone(double bytes) { return bytes >= 65536 && (int64_t)bytes % 8 == 5; }

/*
 * MODE: 1 looks at the message first, and leaves one whose head has gone before it to mrecv_array: its place in MESSAGE,
 * FLAG 1. Looking costs small messages a tenth of a microsecond.
 */
CALL(recv_value) {
  UNUSED;
  MPI_Status status;
  MPI_Message message = MPI_MESSAGE_NULL;
  Landing *landing = front;
  MPI_Comm comm = comms[R[COMM]];
  int code, source = peer(R[PEER]), its_tag = tag(R[TAG]);
  R[FLAG] = 0;
  if (limited || R[MODE]) {
    code = MPI_Mprobe(source, its_tag, comm, &message, &status);
    if (code != MPI_SUCCESS) return done(code), NULL;
    double bytes = status_bytes(&status);
    if (R[MODE] && is_alone(bytes)) {
      report(&status);
      R[MESSAGE] = keep_message(message);
      R[FLAG] = 1;
      return done(code), NULL;
    }
    single.bytes = ((size_t)bytes + LANDING_BLOCK) / LANDING_BLOCK * LANDING_BLOCK;
    if (bytes > front->bytes && (single.at = reserve(single.bytes)) != NULL) landing = &single;
    code = MPI_Mrecv(IN_LANDING(landing), &message, &status);
  } else {
    code = MPI_Recv(IN_LANDING(landing), source, its_tag, comm, &status);
  }
  report(&status);
  done(code);
  if (code == MPI_SUCCESS) look_at(landing);
  return NULL;
}

/*
 * A note (alone.ts): seven doubles, of which NOTE_BODY tells how many bytes follow, in pieces so short that every transport sends them at once.
 * They are sent from copies, so that nobody waits for them.
 */
enum { NOTE_BODY = 5, NOTE_WORDS = 7, NOTE_PIECE = 3584 };
typedef struct Piece { MPI_Request request; struct Piece *next; char bytes[NOTE_PIECE]; } Piece;
static Piece *on_their_way, **last_on_its_way = &on_their_way, *idle_pieces;

static void keep_piece(Piece *piece) {
  piece->next = idle_pieces;
  idle_pieces = piece;
}

/* Takes back those that have left, the oldest first. */
static void take_back_pieces(void) {
  while (on_their_way != NULL) {
    Piece *piece = on_their_way;
    int left;
    MPI_Test(&piece->request, &left, MPI_STATUS_IGNORE);
    if (!left) return;
    on_their_way = piece->next;
    if (on_their_way == NULL) last_on_its_way = &on_their_way;
    keep_piece(piece);
  }
}

/* COUNT bytes of a note to PEER. */
CALL(send_note) {
  void *data;
  arrays(env, info, 1, &data);
  int total = (int)F[COUNT], code = MPI_SUCCESS;
  take_back_pieces();
  for (int at = 0; at < total && code == MPI_SUCCESS; at += NOTE_PIECE) {
    int length = total - at < NOTE_PIECE ? total - at : NOTE_PIECE, left;
    Piece *piece = idle_pieces != NULL ? idle_pieces : malloc(sizeof *piece);
    if (piece == idle_pieces) idle_pieces = piece->next;
    memcpy(piece->bytes, (char *)data + at, length);
    code = MPI_Isend(piece->bytes, length, MPI_BYTE, R[PEER], R[TAG], comms[R[COMM]], &piece->request);
    if (code == MPI_SUCCESS) code = MPI_Test(&piece->request, &left, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS || left) {
      keep_piece(piece);
    } else {
      piece->next = NULL;
      *last_on_its_way = piece;
      last_on_its_way = &piece->next;
    }
  }
  done(code);
  return NULL;
}

/* A note that has been sent from PEER, or will be soon: never to or from the stage, where a message may lie. */
CALL(recv_note) {
  void *data;
  arrays(env, info, 1, &data);
  int total = NOTE_WORDS * (int)sizeof(double), code = MPI_SUCCESS;
  for (int at = 0; at < total && code == MPI_SUCCESS; at += NOTE_PIECE) {
    code = MPI_Recv((char *)data + at, NOTE_PIECE, MPI_BYTE, R[PEER], R[TAG], comms[R[COMM]], MPI_STATUS_IGNORE);
    if (at == 0) total += (int)((double *)data)[NOTE_BODY];
  }
  done(code);
  return NULL;
}

static Landing *landing_for(int id) {
  while (id >= landing_of_room) {
    landing_of_room = landing_of_room ? 2 * landing_of_room : 64;
    landing_of = realloc(landing_of, sizeof *landing_of * landing_of_room);
  }
  return landing_of[id] = take_landing();
}

CALL(irecv_value) {
  UNUSED;
  Landing *landing = landing_for(R[ID]);
  if (landing == NULL) return NULL;
  F[BYTES] = (double)landing->bytes;
  START(MPI_Irecv(IN_LANDING(landing), peer(R[PEER]), tag(R[TAG]), comms[R[COMM]], request));
  return NULL;
}

/* To the message of request ID, complete with BYTES. */
CALL(turn_to) {
  UNUSED;
  look_at(landing_of[R[ID]]);
  return NULL;
}

/* New memory: where it is large, touching its pages one by one for the first time takes longer than a copy, so they come 2 MiB at a time. */
static void make_ready(void *data, size_t bytes) {
#ifdef MADV_HUGEPAGE
  uintptr_t start = ((uintptr_t)data + HUGE - 1) / HUGE * HUGE, end = ((uintptr_t)data + bytes) / HUGE * HUGE;
  if (start < end) madvise((void *)start, end - start, MADV_HUGEPAGE);
#endif
}

/* COUNT bytes of the current landing from ADDRESS, copied into the front of a new array. */
CALL(copy_out) {
  void *data;
  arrays(env, info, 1, &data);
  size_t bytes = (size_t)F[COUNT];
  make_ready(data, bytes);
  memcpy(data, current->at + (size_t)F[ADDRESS], bytes);
  return NULL;
}

/* The message has been taken out; a large one gives its pages back. */
CALL(leave) {
  UNUSED;
  if (current == &single) {
    munmap(single.at, single.bytes);
    current = front;
    return NULL;
  }
  if (current->used > MOST_WARM) {
    madvise(current->at, current->used, MADV_DONTNEED);
    current->used = 0;
  }
  if (current != front) {
    /* The longest first, where they differ much. */
    Landing **before = &idle;
    if (limited) while (*before != NULL && (*before)->bytes > current->bytes) before = &(*before)->next;
    current->next = *before;
    *before = current;
  }
  current = front;
  return NULL;
}

/* ---- matched probes, §3.8.2 -------------------------------------------------------------------------------------------- */

/* Messages taken by a probe and not received yet; MPI_MESSAGE_NULL where there is room for another. */
static MPI_Message *messages;
static int messages_length;

static int keep_message(MPI_Message message) {
  int at = 0;
  while (at < messages_length && messages[at] != MPI_MESSAGE_NULL) at++;
  if (at == messages_length) messages = realloc(messages, sizeof *messages * ++messages_length);
  messages[at] = message;
  return at;
}

/* MPI 4.1 §3.8.2. MODE: 1 without blocking. Leaves the message's place in MESSAGE. */
CALL(mprobe) {
  UNUSED;
  MPI_Status status;
  MPI_Message message = MPI_MESSAGE_NULL;
  int flag = 1, code;
  if (R[MODE]) code = MPI_Improbe(peer(R[PEER]), tag(R[TAG]), comms[R[COMM]], &flag, &message, &status);
  else code = MPI_Mprobe(peer(R[PEER]), tag(R[TAG]), comms[R[COMM]], &message, &status);
  R[FLAG] = flag;
  if (flag && code == MPI_SUCCESS) {
    report(&status);
    R[MESSAGE] = keep_message(message);
  }
  done(code);
  return NULL;
}

/* MPI 4.1 §3.8.3. The message in MESSAGE, which has COUNT bytes, into the front of a new array. */
CALL(mrecv_array) {
  void *data;
  arrays(env, info, 1, &data);
  Elements e;
  MPI_Status status;
  make_ready(data, (size_t)F[COUNT]);
  make_elements(F[COUNT], MPI_BYTE, &e);
  done(MPI_Mrecv(data, e.count, e.type, &messages[R[MESSAGE]], &status));
  drop_elements(&e);
  return NULL;
}

/* MPI 4.1 §3.8.3. The message in MESSAGE, into an array that is long enough. */
CALL(imrecv_array) {
  void *data;
  arrays(env, info, 1, &data);
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  START(MPI_Imrecv(data, e.count, e.type, &messages[R[MESSAGE]], request));
  drop_elements(&e);
  return NULL;
}

CALL(imrecv_value) {
  UNUSED;
  Landing *landing = landing_for(R[ID]);
  if (landing == NULL) return NULL;
  F[BYTES] = (double)landing->bytes;
  START(MPI_Imrecv(IN_LANDING(landing), &messages[R[MESSAGE]], request));
  return NULL;
}

/* ---- collectives, §6 ------------------------------------------------------------------------------------------------- */

CALL(barrier) {
  UNUSED;
  done(MPI_Barrier(comms[R[COMM]]));
  return NULL;
}

/* MPI 4.1 §6.4, MPI_Bcast. */
CALL(bcast) {
  void *data;
  held_arrays(env, info, 1, &data);
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  done(MPI_Bcast(data, e.count, e.type, R[PEER], comms[R[COMM]]));
  drop_elements(&e);
  return NULL;
}

/*
 * Blocks of BYTES elements a rank; of each, COUNT from ADDRESS on: all, or a piece where all would be more bytes than an int counts. MODE: 0 scatter,
 * 1 gather, 2 allgather, 3 alltoall.
 */
typedef struct { char *send, *recv; Elements from, into; } Blocks;

static Blocks blocks_of(void *send, void *recv) {
  Blocks b;
  MPI_Datatype type = types[R[KIND]];
  double one = F[COUNT], block = F[BYTES];
  int size, mode = R[MODE];
  MPI_Type_size(type, &size);
  size_t offset = (size_t)F[ADDRESS] * size;
  b.send = send == NULL ? NULL : (char *)send + offset;
  b.recv = recv == NULL ? NULL : (char *)recv + offset;
  make_piece(one, mode == 0 || mode == 3 ? block : one, type, &b.from);
  make_piece(one, mode == 0 ? one : block, type, &b.into);
  return b;
}

static void drop_blocks(Blocks *b) {
  drop_elements(&b->from);
  drop_elements(&b->into);
}

/* MPI 4.1 §6.5 to §6.8: gather, scatter, allgather, alltoall. */
CALL(regular) {
  void *data[2];
  held_arrays(env, info, 2, data);
  MPI_Comm comm = comms[R[COMM]];
  int root = R[PEER], mode = R[MODE], rank = root;
  if (mode < 2) MPI_Comm_rank(comm, &rank);
  Blocks b = blocks_of(data[0], data[1]);
  void *send = b.send, *recv = b.recv;
  if (mode == 0 && rank == root && recv == NULL) recv = MPI_IN_PLACE;
  if (mode > 0 && rank == root && send == NULL) send = MPI_IN_PLACE;
  int code = mode == 0   ? MPI_Scatter(send, b.from.count, b.from.type, recv, b.into.count, b.into.type, root, comm)
             : mode == 1 ? MPI_Gather(send, b.from.count, b.from.type, recv, b.into.count, b.into.type, root, comm)
             : mode == 2 ? MPI_Allgather(send, b.from.count, b.from.type, recv, b.into.count, b.into.type, comm)
                         : MPI_Alltoall(send, b.from.count, b.from.type, recv, b.into.count, b.into.type, comm);
  done(code);
  drop_blocks(&b);
  return NULL;
}

/* MPI 4.1 §6.5 to §6.8. Pieces of different sizes: the arrays, and an Int32Array of send counts, send displs, receive counts, receive displs. */
CALL(irregular) {
  void *data[3];
  arrays(env, info, 3, data);
  MPI_Comm comm = comms[R[COMM]];
  MPI_Datatype type = types[R[KIND]];
  int root = R[PEER], mode = R[MODE], rank, size;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  void *send = data[0], *recv = data[1];
  int *scounts = data[2], *sdispls = scounts + size, *rcounts = sdispls + size, *rdispls = rcounts + size;
  if (mode == 0 && rank == root && recv == NULL) recv = MPI_IN_PLACE;
  if ((mode > 1 || (mode == 1 && rank == root)) && send == NULL) send = MPI_IN_PLACE;
  int code = mode == 0   ? MPI_Scatterv(send, scounts, sdispls, type, recv, rcounts[rank], type, root, comm)
             : mode == 1 ? MPI_Gatherv(send, scounts[rank], type, recv, rcounts, rdispls, type, root, comm)
             : mode == 2 ? MPI_Allgatherv(send, scounts[rank], type, recv, rcounts, rdispls, type, comm)
                         : MPI_Alltoallv(send, scounts, sdispls, type, recv, rcounts, rdispls, type, comm);
  done(code);
  return NULL;
}

/*
 * The typed arrays of a list, each as one element of a type with its address in it: the displacements of MPI_Alltoallw are ints, and count from one
 * place for all.
 */
static void describe_pieces(napi_env env, napi_value list, Pieces *pieces) {
  uint32_t n;
  napi_get_array_length(env, list, &n);
  *pieces = (Pieces){ (int)n, calloc(n, sizeof(int)), calloc(n, sizeof(int)), malloc(n * sizeof(MPI_Datatype)) };
  for (uint32_t i = 0; i < n; i++) {
    napi_value piece;
    napi_typedarray_type kind;
    size_t length;
    void *data;
    pieces->types[i] = MPI_BYTE;
    napi_get_element(env, list, i, &piece);
    if (napi_get_typedarray_info(env, piece, &kind, &length, &data, NULL, NULL) != napi_ok || length == 0) continue;
    Elements e;
    MPI_Aint address;
    make_elements((double)length, types[kind], &e);
    MPI_Get_address(data, &address);
    MPI_Type_create_hindexed(1, &e.count, &address, e.type, &pieces->types[i]);
    MPI_Type_commit(&pieces->types[i]);
    drop_elements(&e);
    pieces->counts[i] = 1;
  }
}

static void drop_pieces(Pieces *pieces) {
  for (int i = 0; i < pieces->n; i++) if (pieces->counts[i]) MPI_Type_free(&pieces->types[i]);
  free(pieces->counts);
  free(pieces->displs);
  free(pieces->types);
}

static Wide *describe_wide(napi_env env, napi_callback_info info) {
  size_t argc = 2;
  napi_value argv[2];
  Wide *wide = malloc(sizeof *wide);
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  describe_pieces(env, argv[0], &wide->send);
  describe_pieces(env, argv[1], &wide->recv);
  return wide;
}

static void drop_wide(Wide *wide) {
  if (wide == NULL) return;
  drop_pieces(&wide->send);
  drop_pieces(&wide->recv);
  free(wide);
}

#define OF(pieces) MPI_BOTTOM, (pieces).counts, (pieces).displs, (pieces).types

/* MPI 4.1 §6.8. A list of typed arrays to send and one to receive into, one array a rank. */
CALL(alltoallw) {
  Wide *wide = describe_wide(env, info);
  done(MPI_Alltoallw(OF(wide->send), OF(wide->recv), comms[R[COMM]]));
  drop_wide(wide);
  return NULL;
}

/* One reduction of `count` elements. MODE: 0 reduce, 1 allreduce, 2 scan, 3 exscan. */
static int reduce_once(void *send, void *recv, int count) {
  MPI_Comm comm = comms[R[COMM]];
  MPI_Datatype type = types[R[KIND]];
  MPI_Op op = ops[R[OP]][R[KIND]];
  switch (R[MODE]) {
    case 0: return MPI_Reduce(send, recv, count, type, op, R[PEER], comm);
    case 1: return MPI_Allreduce(send, recv, count, type, op, comm);
    case 2: return MPI_Scan(send, recv, count, type, op, comm);
    default: return MPI_Exscan(send, recv, count, type, op, comm);
  }
}

/* Sums that wrap around, of either sign: modulo 2^8 and 2^16 they are the same. */
#define WRAPPING_SUM(type)                                                                    \
  static void sum_##type(void *from, void *into, int *count, MPI_Datatype *datatype) {         \
    type *in = from, *out = into;                                                             \
    (void)datatype;                                                                           \
    for (int i = 0; i < *count; i++) out[i] = (type)(out[i] + in[i]);                         \
  }
WRAPPING_SUM(uint8_t)
WRAPPING_SUM(uint16_t)

/* Reductions sum elements of KIND, of 8 or 16 bits, by our own operation from now on (§6.9.5). Why: src/fabric/mpi/faults.ts. */
CALL(mend_sum) {
  UNUSED;
  int size;
  MPI_Type_size(types[R[KIND]], &size);
  done(MPI_Op_create(size == 1 ? sum_uint8_t : sum_uint16_t, 1, &ops[0][R[KIND]]));
  return NULL;
}

/* MPI 4.1 §6.9 and §6.11: reduce, allreduce, scan, exscan. */
CALL(reduce_array) {
  enum { MOST_BYTES = 1 << 30 };
  void *data[2];
  held_arrays(env, info, 2, data);
  int size, code = MPI_SUCCESS;
  MPI_Type_size(types[R[KIND]], &size);
  double count = F[COUNT], at = 0;
  do {
    size_t offset = (size_t)at * size;
    int n = (int)(count - at < MOST_BYTES / size ? count - at : MOST_BYTES / size);
    void *send = data[0] == NULL ? MPI_IN_PLACE : (char *)data[0] + offset;
    void *recv = data[1] == NULL ? NULL : (char *)data[1] + offset;
    code = reduce_once(send, recv, n);
    at += n;
  } while (at < count && code == MPI_SUCCESS);
  done(code);
  return NULL;
}

/* From stage to stage. */
CALL(reduce_stage) {
  UNUSED;
  done(reduce_once(stage, stage_in, (int)F[COUNT]));
  return NULL;
}

/* MPI 4.1 §6.10.2. The arrays, and an Int32Array of counts. */
CALL(reduce_scatter) {
  void *data[3];
  arrays(env, info, 3, data);
  void *send = data[0] == NULL ? MPI_IN_PLACE : data[0];
  done(MPI_Reduce_scatter(send, data[1], data[2], types[R[KIND]], ops[R[OP]][R[KIND]], comms[R[COMM]]));
  return NULL;
}

/* ---- non-blocking collectives, §6.12: as above, into a request with the id in the registers ---------------------------- */

CALL(ibarrier) {
  UNUSED;
  START(MPI_Ibarrier(comms[R[COMM]], request));
  return NULL;
}

/* MPI 4.1 §6.12.2, MPI_Ibcast. */
CALL(ibcast) {
  void *data;
  arrays(env, info, 1, &data);
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  START(MPI_Ibcast(data, e.count, e.type, R[PEER], comms[R[COMM]], request));
  drop_elements(&e);
  return NULL;
}

/* MPI 4.1 §6.12.3 to §6.12.6. */
CALL(iregular) {
  void *data[2];
  arrays(env, info, 2, data);
  MPI_Comm comm = comms[R[COMM]];
  int root = R[PEER], mode = R[MODE], rank;
  MPI_Comm_rank(comm, &rank);
  Blocks b = blocks_of(data[0], data[1]);
  void *send = b.send, *recv = b.recv;
  if (mode == 0 && rank == root && recv == NULL) recv = MPI_IN_PLACE;
  if ((mode > 1 || (mode == 1 && rank == root)) && send == NULL) send = MPI_IN_PLACE;
  START(mode == 0   ? MPI_Iscatter(send, b.from.count, b.from.type, recv, b.into.count, b.into.type, root, comm, request)
        : mode == 1 ? MPI_Igather(send, b.from.count, b.from.type, recv, b.into.count, b.into.type, root, comm, request)
        : mode == 2 ? MPI_Iallgather(send, b.from.count, b.from.type, recv, b.into.count, b.into.type, comm, request)
                    : MPI_Ialltoall(send, b.from.count, b.from.type, recv, b.into.count, b.into.type, comm, request));
  drop_blocks(&b);
  return NULL;
}

/* MPI 4.1 §6.12.3 to §6.12.6. The array of counts must live as long as the request. */
CALL(iirregular) {
  void *data[3];
  arrays(env, info, 3, data);
  MPI_Comm comm = comms[R[COMM]];
  MPI_Datatype type = types[R[KIND]];
  int root = R[PEER], mode = R[MODE], rank, size;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  void *send = data[0], *recv = data[1];
  int *scounts = data[2], *sdispls = scounts + size, *rcounts = sdispls + size, *rdispls = rcounts + size;
  if (mode == 0 && rank == root && recv == NULL) recv = MPI_IN_PLACE;
  if ((mode > 1 || (mode == 1 && rank == root)) && send == NULL) send = MPI_IN_PLACE;
  START(mode == 0   ? MPI_Iscatterv(send, scounts, sdispls, type, recv, rcounts[rank], type, root, comm, request)
        : mode == 1 ? MPI_Igatherv(send, scounts[rank], type, recv, rcounts, rdispls, type, root, comm, request)
        : mode == 2 ? MPI_Iallgatherv(send, scounts[rank], type, recv, rcounts, rdispls, type, comm, request)
                    : MPI_Ialltoallv(send, scounts, sdispls, type, recv, rcounts, rdispls, type, comm, request));
  return NULL;
}

/* MPI 4.1 §6.12.6, MPI_Ialltoallw. */
CALL(ialltoallw) {
  Wide *wide = describe_wide(env, info);
  START(MPI_Ialltoallw(OF(wide->send), OF(wide->recv), comms[R[COMM]], request));
  if (R[ERROR] == MPI_SUCCESS) wide_of[R[ID]] = wide;
  else drop_wide(wide);
  return NULL;
}

/* MPI 4.1 §6.12.7, §6.12.8, §6.12.11, §6.12.12. At most INT_MAX elements. */
CALL(ireduce_array) {
  void *data[2];
  arrays(env, info, 2, data);
  MPI_Comm comm = comms[R[COMM]];
  MPI_Datatype type = types[R[KIND]];
  MPI_Op op = ops[R[OP]][R[KIND]];
  int count = (int)F[COUNT], mode = R[MODE];
  void *send = data[0] == NULL ? MPI_IN_PLACE : data[0], *recv = data[1];
  START(mode == 0   ? MPI_Ireduce(send, recv, count, type, op, R[PEER], comm, request)
        : mode == 1 ? MPI_Iallreduce(send, recv, count, type, op, comm, request)
        : mode == 2 ? MPI_Iscan(send, recv, count, type, op, comm, request)
                    : MPI_Iexscan(send, recv, count, type, op, comm, request));
  return NULL;
}

/* MPI 4.1 §6.12.10, MPI_Ireduce_scatter. */
CALL(ireduce_scatter) {
  void *data[3];
  arrays(env, info, 3, data);
  void *send = data[0] == NULL ? MPI_IN_PLACE : data[0];
  START(MPI_Ireduce_scatter(send, data[1], data[2], types[R[KIND]], ops[R[OP]][R[KIND]], comms[R[COMM]], request));
  return NULL;
}

/* ---- communicators, §7.4 --------------------------------------------------------------------------------------------- */

static void describe(MPI_Comm comm) {
  R[COMM] = -1;
  if (comm == MPI_COMM_NULL) return;
  R[COMM] = keep_comm(comm);
  MPI_Comm_rank(comm, &R[RANK]);
  MPI_Comm_size(comm, &R[SIZE]);
}

/* MPI 4.1 §7.4.2. PEER: the color, negative for MPI_UNDEFINED; TAG: the key. */
CALL(comm_split) {
  UNUSED;
  MPI_Comm comm = MPI_COMM_NULL;
  done(MPI_Comm_split(comms[R[COMM]], R[PEER] < 0 ? MPI_UNDEFINED : R[PEER], R[TAG], &comm));
  describe(comm);
  return NULL;
}

/* MPI 4.1 §7.4.2. TAG: the key. */
CALL(comm_split_shared) {
  UNUSED;
  MPI_Comm comm = MPI_COMM_NULL;
  done(MPI_Comm_split_type(comms[R[COMM]], MPI_COMM_TYPE_SHARED, R[TAG], MPI_INFO_NULL, &comm));
  describe(comm);
  return NULL;
}

/* MPI 4.1 §7.4.2. Argument: an Int32Array of COUNT ranks. */
CALL(comm_create_group) {
  void *ranks;
  arrays(env, info, 1, &ranks);
  MPI_Group all, some;
  MPI_Comm comm = MPI_COMM_NULL;
  MPI_Comm_group(comms[R[COMM]], &all);
  int code = MPI_Group_incl(all, (int)F[COUNT], ranks, &some);
  if (code == MPI_SUCCESS) {
    code = MPI_Comm_create_group(comms[R[COMM]], some, R[TAG], &comm);
    MPI_Group_free(&some);
  }
  MPI_Group_free(&all);
  done(code);
  describe(comm);
  return NULL;
}

/*
 * The processes that this one knows: those of its world, then those it was joined with. Places in it are the numbers by which JavaScript
 * tells processes apart.
 */
static MPI_Group universe;

/* MPI 4.1 §7.3.1. Argument: an Int32Array with room for the numbers of the communicator's processes. */
CALL(comm_members) {
  void *members;
  arrays(env, info, 1, &members);
  MPI_Group group;
  int size, code = MPI_Comm_group(comms[R[COMM]], &group);
  if (code != MPI_SUCCESS) return done(code), NULL;
  MPI_Group_size(group, &size);
  int *ranks = malloc(sizeof *ranks * size);
  for (int i = 0; i < size; i++) ranks[i] = i;
  done(MPI_Group_translate_ranks(group, size, ranks, universe, members));
  free(ranks);
  MPI_Group_free(&group);
  return NULL;
}

/* §19.3.4: the handle that Fortran, and through it any other language, knows the communicator by. */
CALL(comm_c2f) {
  UNUSED;
  R[ID] = MPI_Comm_c2f(comms[R[COMM]]);
  return NULL;
}

/* MPI 4.1 §7.4.2, MPI_Comm_dup. */
CALL(comm_dup) {
  UNUSED;
  MPI_Comm comm = MPI_COMM_NULL;
  done(MPI_Comm_dup(comms[R[COMM]], &comm));
  describe(comm);
  return NULL;
}

/* Communicators to come: MPI writes each when its request is complete. */
static MPI_Comm **coming;
static int coming_length;

/* §7.4.2 MPI_Comm_idup into a request; COMM becomes the number to give to comm_came when that is complete. */
CALL(comm_idup) {
  UNUSED;
  int at = 0;
  while (at < coming_length && coming[at] != NULL) at++;
  if (at == coming_length) coming = realloc(coming, sizeof *coming * ++coming_length);
  coming[at] = malloc(sizeof **coming);
  MPI_Comm *comm = coming[at];
  START(MPI_Comm_idup(comms[R[COMM]], comm, request));
  R[COMM] = at;
  return NULL;
}

CALL(comm_came) {
  UNUSED;
  MPI_Comm **comm = &coming[R[COMM]];
  describe(**comm);
  free(*comm);
  *comm = NULL;
  R[ERROR] = MPI_SUCCESS;
  return NULL;
}

/* MPI 4.1 §7.4.3, MPI_Comm_free. */
CALL(comm_free) {
  UNUSED;
  done(MPI_Comm_free(&comms[R[COMM]]));
  return NULL;
}

/* MPI 4.1 §11.10.4, MPI_Comm_disconnect. */
CALL(comm_disconnect) {
  UNUSED;
  done(MPI_Comm_disconnect(&comms[R[COMM]]));
  return NULL;
}

/* An intercommunicator: rank and size are of the own group. */
static void describe_joined(MPI_Comm comm) {
  describe(comm);
  if (comm == MPI_COMM_NULL) return;
  MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  MPI_Comm_remote_size(comm, &R[REMOTE_SIZE]);
}

/* §7.6.2. RANK: the local leader; PEER: the remote leader in PEER_COMM, negative where that does not count. */
CALL(intercomm_create) {
  UNUSED;
  MPI_Comm comm = MPI_COMM_NULL, peer_comm = R[PEER_COMM] < 0 ? MPI_COMM_NULL : comms[R[PEER_COMM]];
  done(MPI_Intercomm_create(comms[R[COMM]], R[RANK], peer_comm, R[PEER], R[TAG], &comm));
  describe_joined(comm);
  return NULL;
}

/* §7.6.2. MODE: high. The processes of both groups are known from now on. */
CALL(intercomm_merge) {
  UNUSED;
  MPI_Comm comm = MPI_COMM_NULL;
  int code = MPI_Intercomm_merge(comms[R[COMM]], R[MODE], &comm);
  if (code == MPI_SUCCESS) {
    MPI_Group known = universe, group;
    MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
    MPI_Comm_group(comm, &group);
    MPI_Group_union(known, group, &universe);
    MPI_Group_free(&group);
    MPI_Group_free(&known);
  }
  done(code);
  describe(comm);
  return NULL;
}

/* The strings of a JavaScript array, with a NULL behind the last. */
static char **strings(napi_env env, napi_value list) {
  uint32_t n;
  napi_get_array_length(env, list, &n);
  char **all = calloc(n + 1, sizeof *all);
  for (uint32_t i = 0; i < n; i++) {
    napi_value item;
    size_t length;
    napi_get_element(env, list, i, &item);
    napi_get_value_string_utf8(env, item, NULL, 0, &length);
    all[i] = malloc(length + 1);
    napi_get_value_string_utf8(env, item, all[i], length + 1, &length);
  }
  return all;
}

static void drop_strings(char **all) {
  for (char **at = all; *at != NULL; at++) free(*at);
  free(all);
}

/* §11.8.2. COUNT: ranks; PEER: the root. Arguments: the command and its arguments; keys and values of an info in turn. */
CALL(comm_spawn) {
  size_t argc = 2;
  napi_value argv[2];
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  char **command = strings(env, argv[0]), **hints = strings(env, argv[1]);
  MPI_Info mpi_info;
  MPI_Info_create(&mpi_info);
  for (char **hint = hints; hint[0] != NULL; hint += 2) MPI_Info_set(mpi_info, hint[0], hint[1]);
  MPI_Comm comm = MPI_COMM_NULL;
  done(MPI_Comm_spawn(command[0], command + 1, (int)F[COUNT], mpi_info, R[PEER], comms[R[COMM]], &comm,
                      MPI_ERRCODES_IGNORE));
  MPI_Info_free(&mpi_info);
  drop_strings(command);
  drop_strings(hints);
  describe_joined(comm);
  if (comm != MPI_COMM_NULL) ranks_here += R[REMOTE_SIZE];
  return NULL;
}

/* §11.8.2; COMM is negative in a process that was not spawned. */
CALL(comm_parent) {
  UNUSED;
  MPI_Comm comm;
  done(MPI_Comm_get_parent(&comm));
  describe_joined(comm);
  if (comm != MPI_COMM_NULL) ranks_here += R[REMOTE_SIZE];
  return NULL;
}

/* ---- windows, §12 ---------------------------------------------------------------------------------------------------- */

static MPI_Win *wins;
static int wins_length;

static int keep_win(MPI_Win win) {
  for (int i = 0; i < wins_length; i++)
    if (wins[i] == MPI_WIN_NULL) return wins[i] = win, i;
  wins = realloc(wins, sizeof *wins * (wins_length + 1));
  wins[wins_length] = win;
  return wins_length++;
}

/* COMM: a window from here on. ADDRESS: the displacement in elements. */
#define WIN wins[R[COMM]]
#define AT (MPI_Aint)F[ADDRESS]

/* MPI 4.1 §12.2.2, §12.2.3. COUNT bytes of elements of KIND here. MODE: 1 shared; then the BYTES of all ranks lie one after the other. Returns the memory. */
CALL(window_allocate) {
  (void)info;
  MPI_Win win;
  MPI_Comm comm = comms[R[COMM]];
  MPI_Aint bytes = (MPI_Aint)F[COUNT];
  int unit, code;
  void *base = NULL;
  MPI_Type_size(types[R[KIND]], &unit);
  if (R[MODE]) {
    MPI_Aint first;
    code = MPI_Win_allocate_shared(bytes, unit, MPI_INFO_NULL, comm, &base, &win);
    if (code == MPI_SUCCESS) code = MPI_Win_shared_query(win, MPI_PROC_NULL, &first, &unit, &base);
  } else {
    code = MPI_Win_allocate(bytes, unit, MPI_INFO_NULL, comm, &base, &win);
  }
  done(code);
  napi_value buffer = NULL;
  if (code != MPI_SUCCESS) return buffer;
  MPI_Win_set_errhandler(win, MPI_ERRORS_RETURN);
  R[COMM] = keep_win(win);
  if (F[BYTES] > 0) napi_create_external_arraybuffer(env, base, (size_t)F[BYTES], NULL, NULL, &buffer);
  else napi_create_arraybuffer(env, 0, &base, &buffer);
  return buffer;
}

/* §12.2.1 The array's COUNT bytes as a window of elements of KIND. */
CALL(window_create) {
  void *data;
  arrays(env, info, 1, &data);
  MPI_Win win;
  int unit;
  MPI_Type_size(types[R[KIND]], &unit);
  int code = MPI_Win_create(data, (MPI_Aint)F[COUNT], unit, MPI_INFO_NULL, comms[R[COMM]], &win);
  done(code);
  if (code != MPI_SUCCESS) return NULL;
  MPI_Win_set_errhandler(win, MPI_ERRORS_RETURN);
  R[COMM] = keep_win(win);
  return NULL;
}

/* Before the memory of a window ends, it ends for JavaScript: arrays over it become empty. */
CALL(detach) {
  size_t argc = 1;
  napi_value argv[1];
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_detach_arraybuffer(env, argv[0]);
  return NULL;
}

/* MPI 4.1 §12.2.5, MPI_Win_free. */
CALL(window_free) {
  UNUSED;
  done(MPI_Win_free(&WIN));
  return NULL;
}

/* MPI 4.1 §12.3.1, §12.3.5. MODE in accesses: 1 as a request. */
CALL(window_put) {
  void *data;
  arrays(env, info, 1, &data);
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  if (R[MODE]) START(MPI_Rput(data, e.count, e.type, R[PEER], AT, e.count, e.type, WIN, request));
  else done(MPI_Put(data, e.count, e.type, R[PEER], AT, e.count, e.type, WIN));
  drop_elements(&e);
  return NULL;
}

/* MPI 4.1 §12.3.2, §12.3.5. */
CALL(window_get) {
  void *data;
  arrays(env, info, 1, &data);
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  if (R[MODE]) START(MPI_Rget(data, e.count, e.type, R[PEER], AT, e.count, e.type, WIN, request));
  else done(MPI_Get(data, e.count, e.type, R[PEER], AT, e.count, e.type, WIN));
  drop_elements(&e);
  return NULL;
}

/* As Reduction.code in src/fabric/fabric.ts. */
static MPI_Op window_op(int code) { return code >= 0 ? predefined[code] : code == -2 ? MPI_REPLACE : MPI_NO_OP; }

/* MPI 4.1 §12.3.4. The operands, and an array for what was there, if it is asked for. */
CALL(window_accumulate) {
  void *data[2];
  arrays(env, info, 2, data);
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  int n = e.count, to = R[PEER];
  MPI_Op op = window_op(R[OP]);
  void *from = data[0], *was = data[1];
  if (was != NULL && R[MODE])
    START(MPI_Rget_accumulate(from, n, e.type, was, n, e.type, to, AT, n, e.type, op, WIN, request));
  else if (was != NULL) done(MPI_Get_accumulate(from, n, e.type, was, n, e.type, to, AT, n, e.type, op, WIN));
  else if (R[MODE]) START(MPI_Raccumulate(from, n, e.type, to, AT, n, e.type, op, WIN, request));
  else done(MPI_Accumulate(from, n, e.type, to, AT, n, e.type, op, WIN));
  drop_elements(&e);
  return NULL;
}

/* MPI 4.1 §12.3.4. One element, from stage to stage. */
CALL(window_fetch_and_op) {
  UNUSED;
  done(MPI_Fetch_and_op(stage, stage_in, types[R[KIND]], R[PEER], AT, window_op(R[OP]), WIN));
  return NULL;
}

/* MPI 4.1 §12.3.4. On the stage: what is expected, 8 bytes on what takes its place. */
CALL(window_compare_and_swap) {
  UNUSED;
  done(MPI_Compare_and_swap(stage + 8, stage, stage_in, types[R[KIND]], R[PEER], AT, WIN));
  return NULL;
}

/* §12.5; MODE as in src/fabric/mpi/window.ts. */
CALL(window_synchronize) {
  UNUSED;
  int target = R[PEER];
  switch (R[MODE]) {
    case 0: done(MPI_Win_fence(0, WIN)); break;
    case 1: done(MPI_Win_lock(MPI_LOCK_SHARED, target, 0, WIN)); break;
    case 2: done(MPI_Win_lock(MPI_LOCK_EXCLUSIVE, target, 0, WIN)); break;
    case 3: done(MPI_Win_unlock(target, WIN)); break;
    case 4: done(MPI_Win_lock_all(0, WIN)); break;
    case 5: done(MPI_Win_unlock_all(WIN)); break;
    case 6: done(MPI_Win_flush(target, WIN)); break;
    case 7: done(MPI_Win_flush_all(WIN)); break;
    case 8: done(MPI_Win_flush_local(target, WIN)); break;
    case 9: done(MPI_Win_flush_local_all(WIN)); break;
    default: done(MPI_Win_sync(WIN));
  }
  return NULL;
}

/* ---- files, §14 ------------------------------------------------------------------------------------------------------ */

static MPI_File *files;
static int files_length;

static int keep_file(MPI_File file) {
  for (int i = 0; i < files_length; i++)
    if (files[i] == MPI_FILE_NULL) return files[i] = file, i;
  files = realloc(files, sizeof *files * (files_length + 1));
  files[files_length] = file;
  return files_length++;
}

/* COMM: a file from here on. */
#define FILE_OF files[R[COMM]]

static MPI_Info info_of(char **hints) {
  MPI_Info info;
  MPI_Info_create(&info);
  for (char **hint = hints; hint[0] != NULL; hint += 2) MPI_Info_set(info, hint[0], hint[1]);
  return info;
}

/* MPI 4.1 §14.2.1. Arguments: the path, keys and values of an info in turn. MODE: bits as in src/fabric/mpi/file.ts. */
CALL(file_open) {
  static const int modes[] = { MPI_MODE_RDONLY, MPI_MODE_WRONLY, MPI_MODE_RDWR, MPI_MODE_DELETE_ON_CLOSE };
  size_t argc = 2, length;
  napi_value argv[2];
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_get_value_string_utf8(env, argv[0], NULL, 0, &length);
  char **hints = strings(env, argv[1]);
  MPI_Info file_info = hints[0] == NULL ? MPI_INFO_NULL : info_of(hints);
  char *path = malloc(length + 1);
  napi_get_value_string_utf8(env, argv[0], path, length + 1, &length);
  int mode = 0;
  for (int i = 0; i < 4; i++) if (R[MODE] & 1 << i) mode |= modes[i];
  MPI_File file = MPI_FILE_NULL;
  int class, code = MPI_File_open(comms[R[COMM]], path, mode, file_info, &file);
  free(path);
  drop_strings(hints);
  if (file_info != MPI_INFO_NULL) MPI_Info_free(&file_info);
  /* MPICH hands out codes of another rank, of which it knows the class but has no text. */
  MPI_Error_class(code, &class);
  done(class);
  if (code == MPI_SUCCESS) R[COMM] = keep_file(file);
  return NULL;
}

/* §14.2.8. Argument: keys and values in turn. */
CALL(file_set_hints) {
  size_t argc = 1;
  napi_value argv[1];
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  char **hints = strings(env, argv[0]);
  MPI_Info file_info = info_of(hints);
  done(MPI_File_set_info(FILE_OF, file_info));
  MPI_Info_free(&file_info);
  drop_strings(hints);
  return NULL;
}

/* §14.2.8. Returns keys and values in turn. */
CALL(file_hints) {
  (void)info;
  napi_value list, item;
  MPI_Info used = MPI_INFO_NULL;
  int n = 0, at = 0;
  napi_create_array(env, &list);
  done(MPI_File_get_info(FILE_OF, &used));
  if (used == MPI_INFO_NULL) return list;
  MPI_Info_get_nkeys(used, &n);
  for (int i = 0; i < n; i++) {
    char key[MPI_MAX_INFO_KEY + 1], value[MPI_MAX_INFO_VAL + 1];
    int found = 0;
    MPI_Info_get_nthkey(used, i, key);
    MPI_Info_get(used, key, MPI_MAX_INFO_VAL, value, &found);
    if (!found) continue;
    napi_create_string_utf8(env, key, NAPI_AUTO_LENGTH, &item);
    napi_set_element(env, list, at++, item);
    napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, &item);
    napi_set_element(env, list, at++, item);
  }
  MPI_Info_free(&used);
  return list;
}

/* §14.6.1. MODE: 1 atomic. */
CALL(file_set_atomicity) {
  UNUSED;
  done(MPI_File_set_atomicity(FILE_OF, R[MODE]));
  return NULL;
}

/* Locks the whole file that descriptor PEER has open, against other descriptors. MODE: 0 no more, 1 shared, 2 alone. */
CALL(file_lock) {
  UNUSED;
  struct flock lock = { .l_whence = SEEK_SET, .l_type = R[MODE] == 0 ? F_UNLCK : R[MODE] == 1 ? F_RDLCK : F_WRLCK };
#ifdef F_OFD_SETLKW
  int command = F_OFD_SETLKW;
#else
  int command = F_SETLKW;
#endif
  int result;
  do result = fcntl(R[PEER], command, &lock);
  while (result < 0 && errno == EINTR);
  done(result < 0 ? MPI_ERR_IO : MPI_SUCCESS);
  return NULL;
}

/* MPI 4.1 §14.2.2, MPI_File_close. */
CALL(file_close) {
  UNUSED;
  done(MPI_File_close(&FILE_OF));
  return NULL;
}

/*
 * §14.3 a view from byte ADDRESS on, of elements of KIND. The argument says which: a Float64Array of the elements in a row, the first row's place, the
 * extent of the tile, and for each of PEER dimensions from the outermost count and stride of rows; as in src/fabric/tile.ts, but places in bytes.
 */
CALL(file_set_view) {
  void *data;
  arrays(env, info, 1, &data);
  double *tile = data;
  int dimensions = R[PEER];
  MPI_Datatype base = types[R[KIND]], type, outer;
  int one = 1, size;
  MPI_Aint start = (MPI_Aint)tile[1];
  MPI_Offset from = (MPI_Offset)F[ADDRESS];
  MPI_Type_size(base, &size);
  if (dimensions == 0 && tile[2] == tile[0] * size) { /* all of it: libraries are quicker when told so */
    done(MPI_File_set_view(FILE_OF, from, base, base, "native", MPI_INFO_NULL));
    return NULL;
  }
  MPI_Type_contiguous((int)tile[0], base, &type);
  for (int i = dimensions - 1; i >= 0; i--) {
    MPI_Type_create_hvector((int)tile[3 + 2 * i], 1, (MPI_Aint)tile[4 + 2 * i], type, &outer);
    MPI_Type_free(&type);
    type = outer;
  }
  MPI_Type_create_hindexed(1, &one, &start, type, &outer);
  MPI_Type_free(&type);
  MPI_Type_create_resized(outer, 0, (MPI_Aint)tile[2], &type);
  MPI_Type_free(&outer);
  MPI_Type_commit(&type);
  done(MPI_File_set_view(FILE_OF, from, base, type, "native", MPI_INFO_NULL));
  MPI_Type_free(&type);
  return NULL;
}

/* MPI 4.1 §14.4. COUNT elements from ADDRESS, an offset in elements of the view. MODE: 1 collective, 2 as a request. */
CALL(file_read) {
  void *data;
  arrays(env, info, 1, &data);
  MPI_Status status;
  MPI_Offset at = (MPI_Offset)F[ADDRESS];
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  switch (R[MODE]) {
    case 0: done(MPI_File_read_at(FILE_OF, at, data, e.count, e.type, &status)); break;
    case 1: done(MPI_File_read_at_all(FILE_OF, at, data, e.count, e.type, &status)); break;
    case 2: START(MPI_File_iread_at(FILE_OF, at, data, e.count, e.type, request)); break;
    default: START(MPI_File_iread_at_all(FILE_OF, at, data, e.count, e.type, request));
  }
  drop_elements(&e);
  return NULL;
}

/* MPI 4.1 §14.4. */
CALL(file_write) {
  void *data;
  arrays(env, info, 1, &data);
  MPI_Status status;
  MPI_Offset at = (MPI_Offset)F[ADDRESS];
  Elements e;
  make_elements(F[COUNT], types[R[KIND]], &e);
  switch (R[MODE]) {
    case 0: done(MPI_File_write_at(FILE_OF, at, data, e.count, e.type, &status)); break;
    case 1: done(MPI_File_write_at_all(FILE_OF, at, data, e.count, e.type, &status)); break;
    case 2: START(MPI_File_iwrite_at(FILE_OF, at, data, e.count, e.type, request)); break;
    default: START(MPI_File_iwrite_at_all(FILE_OF, at, data, e.count, e.type, request));
  }
  drop_elements(&e);
  return NULL;
}

/* MPI 4.1 §14.2.6, MPI_File_get_size. */
CALL(file_size) {
  UNUSED;
  MPI_Offset bytes = 0;
  done(MPI_File_get_size(FILE_OF, &bytes));
  F[BYTES] = (double)bytes;
  return NULL;
}

/* MPI 4.1 §14.2.4, §14.2.5. BYTES. MODE: 0 set size, 1 preallocate. */
CALL(file_resize) {
  UNUSED;
  MPI_Offset bytes = (MPI_Offset)F[BYTES];
  done(R[MODE] ? MPI_File_preallocate(FILE_OF, bytes) : MPI_File_set_size(FILE_OF, bytes));
  return NULL;
}

/* MPI 4.1 §14.6.1, MPI_File_sync. */
CALL(file_sync) {
  UNUSED;
  done(MPI_File_sync(FILE_OF));
  return NULL;
}

/* ---- environment, §9, §11 -------------------------------------------------------------------------------------------- */

/*
 * Hydra talks to each process through a socket that it inherits, number PMI_FD. Node.js passes no descriptors on to what it starts, so under
 * `mpirun npx flotilla` the socket ends at npx: then it is fetched from there, the nearest ancestor that has it.
 */
static int is_socket(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int parent_of(int pid) {
  char path[32];
  int parent = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1) parent = 0;
  fclose(file);
  return parent;
}

/* False when there should be such a socket and none can be had. */
static int reach_launcher(void) {
  const char *number = getenv("PMI_FD");
  if (number == NULL) return 1;
  int fd = atoi(number);
  if (is_socket(fd)) return 1;
#ifdef SYS_pidfd_getfd
  for (int pid = getppid(); pid > 1; pid = parent_of(pid)) {
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int theirs = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    if (process >= 0) close(process);
    if (theirs < 0) continue;
    if (is_socket(theirs)) {
      /* Under its own number: the other may be one of Node's by now. */
      char found[16];
      snprintf(found, sizeof found, "%d", theirs);
      return setenv("PMI_FD", found, 1) == 0;
    }
    close(theirs);
  }
#endif
  return 0;
}

static napi_value text(napi_env env, const char *chars) {
  napi_value value;
  napi_create_string_utf8(env, chars, NAPI_AUTO_LENGTH, &value);
  return value;
}

CALL(last_error) {
  (void)info;
  return text(env, error_text);
}

CALL(library_version) {
  (void)info;
  char version[MPI_MAX_LIBRARY_VERSION_STRING];
  int length;
  MPI_Get_library_version(version, &length);
  return text(env, version);
}

CALL(processor_name) {
  (void)info;
  char name[MPI_MAX_PROCESSOR_NAME];
  int length;
  MPI_Get_processor_name(name, &length);
  return text(env, name);
}

/* Argument: the ArrayBuffer of registers and stage, which JavaScript keeps for good. Returns that of the stage to receive into. */
CALL(initialize) {
  size_t argc = 1, length;
  napi_value argv[1];
  void *memory;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_get_arraybuffer_info(env, argv[0], &memory, &length);
  R = memory;
  F = (double *)(R + WORDS);
  stage = (char *)memory + STAGE_AT;
  count_addresses();
  front = current = take_landing();
  if (front == NULL) {
    napi_throw_error(env, NULL, error_text);
    return NULL;
  }
  stage_in = front->at;

  /*
   * Only one thread calls MPI, V8's others never do. §11.6 would call that FUNNELED, for which Open MPI 4.1 takes its locks all the same:
   * a sixth of the time of a short message.
   */
  int initialized, code = MPI_SUCCESS, provided = MPI_THREAD_SINGLE;
  count_ranks();
  MPI_Initialized(&initialized);
  if (!initialized && !reach_launcher()) {
    napi_throw_error(env, NULL, "mpirun's connection does not reach this process: a program between them (npx, npm) did not pass it on, and the system does not "
                                "let it be fetched from there; put node_modules/.bin on the PATH and start `mpirun -n … flotilla SCRIPT`");
    return NULL;
  }
  if (!initialized) code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SINGLE, &provided);
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);

  MPI_Datatype t[KINDS] = { MPI_INT8_T, MPI_UINT8_T, MPI_UINT8_T, MPI_INT16_T, MPI_UINT16_T, MPI_INT32_T,
                         MPI_UINT32_T, MPI_FLOAT, MPI_DOUBLE, MPI_INT64_T, MPI_UINT64_T };
  MPI_Op o[OPS] = { MPI_SUM, MPI_PROD, MPI_MAX, MPI_MIN, MPI_LAND, MPI_LOR, MPI_LXOR, MPI_BAND, MPI_BOR, MPI_BXOR };
  memcpy(types, t, sizeof types);
  memcpy(predefined, o, sizeof predefined);
  for (int i = 0; i < OPS * KINDS; i++) ops[i / KINDS][i % KINDS] = o[i / KINDS];
  MPI_Type_contiguous(LANDING_BLOCK, MPI_BYTE, &landing_type);
  MPI_Type_commit(&landing_type);

  comms = malloc(2 * sizeof *comms);
  comms[0] = MPI_COMM_WORLD;
  comms[1] = MPI_COMM_SELF;
  comms_length = 2;
  MPI_Comm_group(MPI_COMM_WORLD, &universe);
  MPI_Comm_rank(MPI_COMM_WORLD, &R[RANK]);
  MPI_Comm_size(MPI_COMM_WORLD, &R[SIZE]);
  int *bound, flag;
  MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &bound, &flag);
  R[TAG_UB] = flag ? *bound : 32767;
  R[LEVEL] = provided;
  done(code);
  napi_value buffer = NULL;
  napi_create_external_arraybuffer(env, stage_in, STAGE_BYTES, NULL, NULL, &buffer);
  return buffer;
}

CALL(finalize) {
  UNUSED;
  int finalized;
  MPI_Finalized(&finalized);
  if (finalized) return NULL;
  take_back_pieces();
  MPI_Type_free(&landing_type);
  done(MPI_Finalize());
  return NULL;
}

/* Waits, a second at most, until the launcher has taken what was written to a pipe. */
static void drain(int descriptor) {
  for (int ms = 0, left; ms < 1000 && ioctl(descriptor, FIONREAD, &left) == 0 && left > 0; ms++) usleep(1000);
}

/* PEER: the exit code. MPICH's launcher drops what it has not yet read when a rank aborts: first of all, why it did. */
CALL(abort_job) {
  UNUSED;
  drain(STDOUT_FILENO);
  drain(STDERR_FILENO);
  MPI_Abort(MPI_COMM_WORLD, R[PEER]);
  return NULL;
}

/* MPI error classes by the names that JavaScript uses. */
static const struct { const char *name; int class; } classes[] = {
  { "ERR_ARG", MPI_ERR_ARG },       { "ERR_BUFFER", MPI_ERR_BUFFER },     { "ERR_COMM", MPI_ERR_COMM },
  { "ERR_COUNT", MPI_ERR_COUNT },   { "ERR_INTERN", MPI_ERR_INTERN },     { "ERR_OP", MPI_ERR_OP },
  { "ERR_OTHER", MPI_ERR_OTHER },   { "ERR_RANK", MPI_ERR_RANK },         { "ERR_REQUEST", MPI_ERR_REQUEST },
  { "ERR_ROOT", MPI_ERR_ROOT },     { "ERR_TAG", MPI_ERR_TAG },           { "ERR_TRUNCATE", MPI_ERR_TRUNCATE },
  /* windows and files */
  { "ERR_ASSERT", MPI_ERR_ASSERT }, { "ERR_BASE", MPI_ERR_BASE }, { "ERR_DISP", MPI_ERR_DISP },
  { "ERR_LOCKTYPE", MPI_ERR_LOCKTYPE }, { "ERR_NO_MEM", MPI_ERR_NO_MEM }, { "ERR_RMA_CONFLICT", MPI_ERR_RMA_CONFLICT },
  { "ERR_RMA_FLAVOR", MPI_ERR_RMA_FLAVOR }, { "ERR_RMA_RANGE", MPI_ERR_RMA_RANGE }, { "ERR_RMA_SHARED", MPI_ERR_RMA_SHARED },
  { "ERR_RMA_SYNC", MPI_ERR_RMA_SYNC }, { "ERR_SIZE", MPI_ERR_SIZE }, { "ERR_WIN", MPI_ERR_WIN },
  { "ERR_ACCESS", MPI_ERR_ACCESS }, { "ERR_AMODE", MPI_ERR_AMODE }, { "ERR_BAD_FILE", MPI_ERR_BAD_FILE },
  { "ERR_FILE", MPI_ERR_FILE }, { "ERR_FILE_EXISTS", MPI_ERR_FILE_EXISTS }, { "ERR_FILE_IN_USE", MPI_ERR_FILE_IN_USE },
  { "ERR_IO", MPI_ERR_IO }, { "ERR_NO_SPACE", MPI_ERR_NO_SPACE }, { "ERR_NO_SUCH_FILE", MPI_ERR_NO_SUCH_FILE },
  { "ERR_NOT_SAME", MPI_ERR_NOT_SAME }, { "ERR_QUOTA", MPI_ERR_QUOTA }, { "ERR_READ_ONLY", MPI_ERR_READ_ONLY },
  { "ERR_UNSUPPORTED_OPERATION", MPI_ERR_UNSUPPORTED_OPERATION },
  { "ERR_TYPE", MPI_ERR_TYPE },     { "ERR_GROUP", MPI_ERR_GROUP },       { "ERR_SPAWN", MPI_ERR_SPAWN },
};

NAPI_MODULE_INIT() {
  static const struct { const char *name; napi_callback call; } calls[] = {
    { "progress", progress },         { "waitOne", wait_one },             { "waitAny", wait_any },
    { "cancel", cancel },             { "sendStage", send_stage },         { "recvStage", recv_stage },
    { "sendArray", send_array },      { "recvArray", recv_array },         { "isendArray", isend_array },
    { "irecvArray", irecv_array },    { "probe", probe },                  { "sendPieces", send_pieces },
    { "isendPieces", isend_pieces },  { "recvValue", recv_value },         { "irecvValue", irecv_value },
    { "turnTo", turn_to },            { "copyOut", copy_out },
    { "leave", leave },               { "barrier", barrier },              { "bcast", bcast },
    { "alltoallw", alltoallw },       { "ialltoallw", ialltoallw },
    { "regular", regular },           { "irregular", irregular },          { "reduceArray", reduce_array },
    { "reduceStage", reduce_stage },  { "reduceScatter", reduce_scatter }, { "mendSum", mend_sum },
    { "commSplit", comm_split },      { "commC2f", comm_c2f },
    { "commDup", comm_dup },          { "commFree", comm_free },           { "lastError", last_error },
    { "commIdup", comm_idup },        { "commCame", comm_came },           { "ibarrier", ibarrier },
    { "ibcast", ibcast },             { "iregular", iregular },            { "iirregular", iirregular },
    { "ireduceArray", ireduce_array }, { "ireduceScatter", ireduce_scatter }, { "mprobe", mprobe },
    { "mrecvArray", mrecv_array }, { "sendNote", send_note }, { "recvNote", recv_note }, { "imrecvArray", imrecv_array },  { "imrecvValue", imrecv_value },
    { "libraryVersion", library_version }, { "processorName", processor_name }, { "initialize", initialize },
    { "finalize", finalize },         { "abort", abort_job },
    { "windowAllocate", window_allocate }, { "detach", detach }, { "windowFree", window_free }, { "windowPut", window_put },
    { "windowGet", window_get }, { "windowAccumulate", window_accumulate },
    { "windowFetchAndOp", window_fetch_and_op }, { "windowCompareAndSwap", window_compare_and_swap },
    { "windowSynchronize", window_synchronize },
    { "fileOpen", file_open }, { "fileClose", file_close }, { "fileHints", file_hints }, { "fileSetHints", file_set_hints },
    { "fileSetAtomicity", file_set_atomicity }, { "fileLock", file_lock }, { "windowCreate", window_create }, { "fileSetView", file_set_view }, { "fileRead", file_read },
    { "fileWrite", file_write }, { "fileSize", file_size }, { "fileResize", file_resize }, { "fileSync", file_sync },
    { "commSplitShared", comm_split_shared }, { "commCreateGroup", comm_create_group }, { "commMembers", comm_members },
    { "commDisconnect", comm_disconnect }, { "intercommCreate", intercomm_create }, { "intercommMerge", intercomm_merge },
    { "commSpawn", comm_spawn }, { "commParent", comm_parent },
  };
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    napi_value call;
    napi_create_function(env, calls[i].name, NAPI_AUTO_LENGTH, calls[i].call, NULL, &call);
    napi_set_named_property(env, exports, calls[i].name, call);
  }
  napi_value table;
  napi_create_object(env, &table);
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    napi_value class;
    napi_create_int32(env, classes[i].class, &class);
    napi_set_named_property(env, table, classes[i].name, class);
  }
  napi_set_named_property(env, exports, "classes", table);
  return exports;
}

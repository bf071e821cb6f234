/*
 * SLEPc and PETSc for Node-API: matrices, eigensolvers, singular values, functions and linear systems on communicators of this process. Compiled
 * once for real and once for complex scalars; both live in one process, each loaded with RTLD_LOCAL.
 *
 * Policy (which solver with which options, rounds, what is an error) is in src/linalg/slepc. Numbers of vectors come and go as Float64Arrays of a
 * rank's part, complex ones interleaved. Every function that takes an object is collective over its communicator.
 */
#include <node_api.h>
#include <slepceps.h>
#include <slepcmfn.h>
#include <slepcsvd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL(name) static napi_value name(napi_env env, napi_callback_info info)

/* ---- errors ---------------------------------------------------------------------------------------------------------- */

/* The first error and the functions that it went through; cleaning up after it raises more, which are not kept. */
static char trace[4096];
static int trace_code, trace_open;

static PetscErrorCode collect(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code, PetscErrorType type, const char *message, void *context) {
  (void)comm, (void)file, (void)context;
  size_t used = strlen(trace);
  if (type == PETSC_ERROR_INITIAL) {
    if (trace_code != 0) return trace_open = 0, code;
    trace_code = code;
    trace_open = 1;
    snprintf(trace, sizeof trace, "%s", message == NULL ? "" : message);
    used = strlen(trace);
    while (used > 0 && (trace[used - 1] == '\n' || trace[used - 1] == ' ')) trace[--used] = 0;
  }
  if (trace_open && used < sizeof trace - 1) snprintf(trace + used, sizeof trace - used, "\n    at %s, line %d", function, line);
  return code;
}

/* Throws an Error with the trace, and PETSc's number as `petsc`. */
static napi_value fail(napi_env env, PetscErrorCode code) {
  const char *text = NULL;
  napi_value message, error, number;
  if (trace[0] == 0) {
    PetscErrorMessage(code, &text, NULL);
    snprintf(trace, sizeof trace, "%s", text == NULL ? "unknown error" : text);
  }
  napi_create_string_utf8(env, trace, NAPI_AUTO_LENGTH, &message);
  napi_create_error(env, NULL, message, &error);
  napi_create_int32(env, (int32_t)code, &number);
  napi_set_named_property(env, error, "petsc", number);
  napi_throw(env, error);
  trace[0] = 0;
  trace_code = trace_open = 0;
  return NULL;
}

#define TRY(call) do { PetscErrorCode code_ = (call); if (code_) return fail(env, code_); } while (0)

/* ---- arguments ------------------------------------------------------------------------------------------------------- */

enum { MOST = 10 };

static void arguments(napi_env env, napi_callback_info info, napi_value *values) {
  size_t count = MOST;
  napi_get_cb_info(env, info, &count, values, NULL, NULL); /* what is missing is undefined */
}

static int64_t integer(napi_env env, napi_value value) {
  int64_t result = 0;
  napi_get_value_int64(env, value, &result);
  return result;
}

static int truth(napi_env env, napi_value value) {
  bool result = false;
  napi_get_value_bool(env, value, &result);
  return result;
}

static double number(napi_env env, napi_value value) {
  double result = 0;
  napi_get_value_double(env, value, &result);
  return result;
}

static void text(napi_env env, napi_value value, char *into, size_t size) {
  into[0] = 0;
  napi_get_value_string_utf8(env, value, into, size, NULL);
}

/* Memory of a typed array; NULL for anything else. An empty one has some too, since ranks without rows must do what others do. */
static void *array(napi_env env, napi_value value, size_t *length) {
  static double nothing[2];
  void *data = NULL;
  size_t count = 0;
  if (napi_get_typedarray_info(env, value, NULL, &count, &data, NULL, NULL) != napi_ok) data = NULL, count = 0;
  else if (count == 0) data = nothing;
  if (length != NULL) *length = count;
  return data;
}

static napi_value make_number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

static napi_value make_numbers(napi_env env, int count, const double *values) {
  napi_value result;
  napi_create_array_with_length(env, count, &result);
  for (int i = 0; i < count; i++) napi_set_element(env, result, i, make_number(env, values[i]));
  return result;
}

/* ---- objects --------------------------------------------------------------------------------------------------------- */

/* Products that JavaScript computes: it finds x in a stage of its own and leaves y in another. */
typedef struct {
  napi_env env;
  napi_ref apply, hold_x, hold_y;
  PetscScalar *x, *y;
} Calls;

/* What a handle of JavaScript stands for. Nothing is destroyed when a handle is collected: that would be a collective call at any time. */
typedef struct {
  enum { MAT, EPS_, SVD_ } kind;
  PetscObject object;
  Calls *calls;
} Object;

static void forget(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  free(data);
}

static napi_value handle(napi_env env, int kind, void *object, Calls *calls) {
  napi_value result;
  Object *o = calloc(1, sizeof *o);
  o->kind = kind;
  o->object = (PetscObject)object;
  o->calls = calls;
  napi_create_external(env, o, forget, NULL, &result);
  return result;
}

static Object *object(napi_env env, napi_value value) {
  void *data = NULL;
  napi_get_value_external(env, value, &data);
  return data;
}

#define AS(type, value) ((type)object(env, value)->object)

CALL(destroy) {
  napi_value a[MOST];
  arguments(env, info, a);
  Object *o = object(env, a[0]);
  if (o == NULL || o->object == NULL) return NULL;
  PetscObject gone = o->object;
  o->object = NULL;
  PetscErrorCode code = PetscObjectDestroy(&gone);
  if (o->calls != NULL) {
    napi_delete_reference(env, o->calls->apply);
    napi_delete_reference(env, o->calls->hold_x);
    napi_delete_reference(env, o->calls->hold_y);
    free(o->calls);
    o->calls = NULL;
  }
  TRY(code);
  return NULL;
}

/* ---- the library ----------------------------------------------------------------------------------------------------- */

CALL(initialize) {
  (void)info;
  static char *names[] = { "flotilla", "-no_signal_handler", "-skip_petscrc", NULL };
  int count = 3;
  char **values = names;
  /* Each rank by itself: then ranks that come to SLEPc at different solves need not wait for each other. Objects have communicators of their own. */
  PETSC_COMM_WORLD = MPI_COMM_SELF;
  PetscErrorCode code = SlepcInitialize(&count, &values, NULL, NULL);
  if (code) return fail(env, code);
  TRY(PetscPushErrorHandler(collect, NULL));
  return NULL;
}

CALL(describe) {
  (void)info;
  napi_value result, value;
  char version[64];
  napi_create_object(env, &result);
  snprintf(version, sizeof version, "%d.%d.%d", SLEPC_VERSION_MAJOR, SLEPC_VERSION_MINOR, SLEPC_VERSION_SUBMINOR);
  napi_create_string_utf8(env, version, NAPI_AUTO_LENGTH, &value);
  napi_set_named_property(env, result, "version", value);
  napi_set_named_property(env, result, "integerBits", make_number(env, 8.0 * sizeof(PetscInt)));
  napi_set_named_property(env, result, "width", make_number(env, sizeof(PetscScalar) / sizeof(double)));
  return result;
}

CALL(setOption) {
  napi_value a[MOST];
  char name[512], value[4096];
  arguments(env, info, a);
  text(env, a[0], name, sizeof name);
  text(env, a[1], value, sizeof value);
  TRY(PetscOptionsSetValue(NULL, name, value[0] == 0 ? NULL : value));
  return NULL;
}

CALL(clearOption) {
  napi_value a[MOST];
  char name[512];
  arguments(env, info, a);
  text(env, a[0], name, sizeof name);
  TRY(PetscOptionsClearValue(NULL, name));
  return NULL;
}

/* Whether anybody has looked at an option; its name begins with the dash. */
CALL(optionUsed) {
  napi_value a[MOST], result;
  char name[512];
  PetscBool used;
  arguments(env, info, a);
  text(env, a[0], name, sizeof name);
  TRY(PetscOptionsUsed(NULL, name + 1, &used));
  napi_get_boolean(env, used, &result);
  return result;
}

/* ---- matrices -------------------------------------------------------------------------------------------------------- */

typedef struct { PetscInt column, from; } Place;

static int by_column(const void *a, const void *b) {
  const Place *x = a, *y = b;
  return x->column < y->column ? -1 : x->column > y->column ? 1 : x->from < y->from ? -1 : 1;
}

/* Rows with columns ascending and each once, as MatMPIAIJSetPreallocationCSR wants them. */
static int tidy(PetscInt rows, const int32_t *begin, const int32_t *columns, const PetscScalar *values, PetscInt *out_begin, PetscInt *out_columns, PetscScalar *out_values) {
  PetscInt longest = 0, n = 0;
  for (PetscInt i = 0; i < rows; i++)
    if (begin[i + 1] - begin[i] > longest) longest = begin[i + 1] - begin[i];
  Place *places = malloc(sizeof *places * (longest + 1));
  if (places == NULL) return 0;
  out_begin[0] = 0;
  for (PetscInt i = 0; i < rows; i++) {
    PetscInt count = begin[i + 1] - begin[i], ordered = 1;
    for (PetscInt e = 0; e < count; e++) {
      places[e] = (Place){ columns[begin[i] + e], begin[i] + e };
      if (e > 0 && places[e].column <= places[e - 1].column) ordered = 0;
    }
    if (!ordered && count > 32) qsort(places, count, sizeof *places, by_column);
    else if (!ordered)
      for (PetscInt e = 1; e < count; e++) {
        Place place = places[e];
        PetscInt at = e;
        for (; at > 0 && places[at - 1].column > place.column; at--) places[at] = places[at - 1];
        places[at] = place;
      }
    for (PetscInt e = 0; e < count; e++) {
      if (e > 0 && places[e].column == places[e - 1].column) out_values[n - 1] += values[places[e].from];
      else {
        out_columns[n] = places[e].column;
        out_values[n++] = values[places[e].from];
      }
    }
    out_begin[i + 1] = n;
  }
  free(places);
  return 1;
}

/* Products with matrices of rows, since the process began: SLEPc does not say how many it makes. */
static double counted;
static PetscErrorCode (*plain[2])(Mat, Vec, Vec); /* of matrices on one rank, on several */

static PetscErrorCode count_one(Mat m, Vec x, Vec y) { return counted++, plain[0](m, x, y); }
static PetscErrorCode count_several(Mat m, Vec x, Vec y) { return counted++, plain[1](m, x, y); }

static PetscErrorCode count_products(Mat m) {
  PetscMPIInt size;
  void (*multiply)(void);
  MPI_Comm_size(PetscObjectComm((PetscObject)m), &size);
  PetscCall(MatGetOperation(m, MATOP_MULT, &multiply));
  plain[size > 1] = (PetscErrorCode (*)(Mat, Vec, Vec))multiply;
  PetscCall(MatSetOperation(m, MATOP_MULT, (void (*)(void))(size > 1 ? count_several : count_one)));
  return 0;
}

CALL(products) {
  (void)info;
  return make_number(env, counted);
}

/* (comm, rows, columns, all rows, all columns, rowPtr, columns, values, hermitian) */
CALL(matRows) {
  napi_value a[MOST];
  arguments(env, info, a);
  PetscInt rows = integer(env, a[1]), columns = integer(env, a[2]);
  size_t entries;
  const int32_t *begin = array(env, a[5], NULL), *places = array(env, a[6], &entries);
  const PetscScalar *values = array(env, a[7], NULL);
  PetscInt *out_begin = malloc(sizeof *out_begin * (rows + 1)), *out_columns = malloc(sizeof *out_columns * (entries + 1));
  PetscScalar *out_values = malloc(sizeof *out_values * (entries + 1));
  Mat m = NULL;
  PetscErrorCode code = PETSC_ERR_MEM;
  if (out_begin != NULL && out_columns != NULL && out_values != NULL && tidy(rows, begin, places, values, out_begin, out_columns, out_values)) {
    code = MatCreate(MPI_Comm_f2c(integer(env, a[0])), &m);
    if (!code) code = MatSetSizes(m, rows, columns, integer(env, a[3]), integer(env, a[4]));
    if (!code) code = MatSetType(m, MATAIJ);
    /* One of the two does nothing, by the number of ranks. */
    if (!code) code = MatSeqAIJSetPreallocationCSR(m, out_begin, out_columns, out_values);
    if (!code) code = MatMPIAIJSetPreallocationCSR(m, out_begin, out_columns, out_values);
    if (!code) code = count_products(m);
    if (!code && truth(env, a[8])) {
      code = MatSetOption(m, MAT_HERMITIAN, PETSC_TRUE);
#if !defined(PETSC_USE_COMPLEX)
      if (!code) code = MatSetOption(m, MAT_SYMMETRIC, PETSC_TRUE);
      if (!code) code = MatSetOption(m, MAT_SYMMETRY_ETERNAL, PETSC_TRUE);
#endif
    }
  }
  free(out_begin), free(out_columns), free(out_values);
  if (code && m != NULL) MatDestroy(&m);
  TRY(code);
  return handle(env, MAT, m, NULL);
}

static PetscErrorCode call(Mat m, Vec x, Vec y, int adjoint) {
  Calls *c;
  const PetscScalar *from;
  PetscScalar *to;
  PetscInt nx, ny;
  napi_handle_scope scope;
  napi_value function, receiver, argument, result;
  bool fine = false;
  PetscCall(MatShellGetContext(m, &c));
  PetscCall(VecGetLocalSize(x, &nx));
  PetscCall(VecGetLocalSize(y, &ny));
  PetscCall(VecGetArrayRead(x, &from));
  memcpy(adjoint ? c->y : c->x, from, nx * sizeof *from);
  PetscCall(VecRestoreArrayRead(x, &from));
  napi_open_handle_scope(c->env, &scope);
  napi_get_reference_value(c->env, c->apply, &function);
  napi_get_undefined(c->env, &receiver);
  napi_get_boolean(c->env, adjoint, &argument);
  if (napi_call_function(c->env, receiver, function, 1, &argument, &result) == napi_ok) napi_get_value_bool(c->env, result, &fine);
  else napi_get_and_clear_last_exception(c->env, &result);
  napi_close_handle_scope(c->env, scope);
  /* JavaScript has asked the other ranks: all of them leave the solver here, or none. */
  if (!fine) SETERRQ(PetscObjectComm((PetscObject)m), PETSC_ERR_USER, "a product has failed");
  PetscCall(VecGetArray(y, &to));
  memcpy(to, adjoint ? c->x : c->y, ny * sizeof *to);
  PetscCall(VecRestoreArray(y, &to));
  return 0;
}

static PetscErrorCode call_forward(Mat m, Vec x, Vec y) { return call(m, x, y, 0); }
static PetscErrorCode call_adjoint(Mat m, Vec x, Vec y) { return call(m, x, y, 1); }

/* (comm, rows, columns, all rows, all columns, x, y, apply, hermitian): apply(adjoint) computes y from x, or x from y, and says whether it could. */
CALL(matCalls) {
  napi_value a[MOST];
  Mat m;
  arguments(env, info, a);
  Calls *c = calloc(1, sizeof *c);
  c->env = env;
  c->x = array(env, a[5], NULL);
  c->y = array(env, a[6], NULL);
  napi_create_reference(env, a[5], 1, &c->hold_x);
  napi_create_reference(env, a[6], 1, &c->hold_y);
  napi_create_reference(env, a[7], 1, &c->apply);
  TRY(MatCreateShell(MPI_Comm_f2c(integer(env, a[0])), integer(env, a[1]), integer(env, a[2]), integer(env, a[3]), integer(env, a[4]), c, &m));
  TRY(MatShellSetOperation(m, MATOP_MULT, (void (*)(void))call_forward));
#if defined(PETSC_USE_COMPLEX)
  TRY(MatShellSetOperation(m, MATOP_MULT_HERMITIAN_TRANSPOSE, (void (*)(void))call_adjoint));
#else
  TRY(MatShellSetOperation(m, MATOP_MULT_TRANSPOSE, (void (*)(void))call_adjoint));
#endif
  if (truth(env, a[8])) {
    TRY(MatSetOption(m, MAT_HERMITIAN, PETSC_TRUE));
#if !defined(PETSC_USE_COMPLEX)
    TRY(MatSetOption(m, MAT_SYMMETRIC, PETSC_TRUE));
#endif
  }
  return handle(env, MAT, m, c);
}

/* A vector over memory of JavaScript, which must outlive it. */
static PetscErrorCode over(Mat m, int of_rows, PetscScalar *data, Vec *v) {
  PetscInt rows, columns, all_rows, all_columns;
  PetscErrorCode code = MatGetLocalSize(m, &rows, &columns);
  if (!code) code = MatGetSize(m, &all_rows, &all_columns);
  if (!code) code = VecCreateMPIWithArray(PetscObjectComm((PetscObject)m), 1, of_rows ? rows : columns, of_rows ? all_rows : all_columns, data, v);
  return code;
}

/* (matrix, from, to, adjoint): a product. */
CALL(multiply) {
  napi_value a[MOST];
  Vec x = NULL, y = NULL;
  arguments(env, info, a);
  Mat m = AS(Mat, a[0]);
  int adjoint = truth(env, a[3]);
  PetscErrorCode code = over(m, adjoint, array(env, a[1], NULL), &x);
  if (!code) code = over(m, !adjoint, array(env, a[2], NULL), &y);
  if (!code) code = adjoint ? MatMultHermitianTranspose(m, x, y) : MatMult(m, x, y);
  VecDestroy(&x);
  VecDestroy(&y);
  TRY(code);
  return NULL;
}

/* ---- eigenvalues ----------------------------------------------------------------------------------------------------- */

/* (matrix, prefix of its options, hermitian) */
CALL(epsCreate) {
  napi_value a[MOST];
  char prefix[64];
  EPS eps;
  arguments(env, info, a);
  Mat m = AS(Mat, a[0]);
  text(env, a[1], prefix, sizeof prefix);
  TRY(EPSCreate(PetscObjectComm((PetscObject)m), &eps));
  napi_value result = handle(env, EPS_, eps, NULL);
  PetscErrorCode code = EPSSetOptionsPrefix(eps, prefix);
  if (!code) code = EPSSetOperators(eps, m, NULL);
  if (!code) code = EPSSetProblemType(eps, truth(env, a[2]) ? EPS_HEP : EPS_NHEP);
  if (!code) code = EPSSetFromOptions(eps);
  if (code) object(env, result)->object = NULL, EPSDestroy(&eps);
  TRY(code);
  return result;
}

/* (solver, what is called at each restart): called with (restart, converged), and says whether to go on. Its first argument is kept. */
typedef struct { napi_env env; napi_ref call; } Watcher;

static PetscErrorCode watch(EPS eps, PetscInt restart, PetscInt converged, PetscScalar *re, PetscScalar *im, PetscReal *errors, PetscInt count, void *context) {
  (void)re, (void)im, (void)errors, (void)count;
  Watcher *w = context;
  napi_handle_scope scope;
  napi_value function, receiver, arguments[2], result;
  bool go_on = false;
  napi_open_handle_scope(w->env, &scope);
  napi_get_reference_value(w->env, w->call, &function);
  napi_get_undefined(w->env, &receiver);
  arguments[0] = make_number(w->env, restart);
  arguments[1] = make_number(w->env, converged);
  if (napi_call_function(w->env, receiver, function, 2, arguments, &result) == napi_ok) napi_get_value_bool(w->env, result, &go_on);
  else napi_get_and_clear_last_exception(w->env, &result);
  napi_close_handle_scope(w->env, scope);
  if (!go_on) SETERRQ(PetscObjectComm((PetscObject)eps), PETSC_ERR_USER, "the solve was ended");
  return 0;
}

static PetscErrorCode unwatch(void **context) {
  Watcher *w = *context;
  napi_delete_reference(w->env, w->call);
  free(w);
  *context = NULL;
  return 0;
}

CALL(epsWatch) {
  napi_value a[MOST];
  arguments(env, info, a);
  Watcher *w = calloc(1, sizeof *w);
  w->env = env;
  napi_create_reference(env, a[1], 1, &w->call);
  TRY(EPSMonitorSet(AS(EPS, a[0]), watch, w, unwatch));
  return NULL;
}

CALL(epsSetUp) {
  napi_value a[MOST];
  arguments(env, info, a);
  TRY(EPSSetUp(AS(EPS, a[0])));
  return NULL;
}

/*
 * (solver, matrix, wanted or 0, size of the basis or 0, start vector or undefined, vectors in whose complement it stays): how many have converged,
 * SLEPc's reason, restarts, products. Start and complement count for this solve alone.
 */
CALL(epsSolve) {
  napi_value a[MOST], element;
  uint32_t known = 0;
  arguments(env, info, a);
  EPS eps = AS(EPS, a[0]);
  Mat m = AS(Mat, a[1]);
  PetscInt wanted = integer(env, a[2]), basis = integer(env, a[3]), converged = 0, restarts = 0;
  PetscScalar *start = array(env, a[4], NULL);
  EPSConvergedReason reason = 0;
  PetscErrorCode code = 0;
  Vec first = NULL, *vectors = NULL;
  napi_get_array_length(env, a[5], &known);
  if (wanted > 0) {
    PetscInt ncv, mpd;
    code = EPSGetDimensions(eps, NULL, &ncv, &mpd);
    if (!code) code = EPSSetDimensions(eps, wanted, basis > 0 ? basis : ncv, basis > 0 ? PETSC_DEFAULT : mpd);
  }
  if (!code && start != NULL) {
    code = over(m, 0, start, &first);
    if (!code) code = EPSSetInitialSpace(eps, 1, &first);
  }
  if (!code && known > 0) {
    vectors = calloc(known, sizeof *vectors);
    for (uint32_t i = 0; i < known && !code; i++) {
      napi_get_element(env, a[5], i, &element);
      code = over(m, 0, array(env, element, NULL), &vectors[i]);
    }
    if (!code) code = EPSSetDeflationSpace(eps, (PetscInt)known, vectors);
  }
  if (!code) code = EPSSolve(eps);
  if (!code) code = EPSGetConverged(eps, &converged);
  if (!code) code = EPSGetConvergedReason(eps, &reason);
  if (!code) code = EPSGetIterationNumber(eps, &restarts);
  VecDestroy(&first);
  for (uint32_t i = 0; vectors != NULL && i < known; i++) VecDestroy(&vectors[i]);
  free(vectors);
  TRY(code);
  return make_numbers(env, 3, (double[]){ converged, reason, restarts });
}

/* (solver, matrix, i, real part or complex vector, imaginary part of a vector of the real build or undefined): the eigenvalue, re and im. */
CALL(epsPair) {
  napi_value a[MOST];
  PetscScalar re, im;
  Vec x = NULL, y = NULL;
  arguments(env, info, a);
  Mat m = AS(Mat, a[1]);
  PetscScalar *imaginary = array(env, a[4], NULL);
  PetscErrorCode code = over(m, 0, array(env, a[3], NULL), &x);
  if (!code && imaginary != NULL) code = over(m, 0, imaginary, &y);
  if (!code) code = EPSGetEigenpair(AS(EPS, a[0]), integer(env, a[2]), &re, &im, x, y);
  VecDestroy(&x);
  VecDestroy(&y);
  TRY(code);
#if defined(PETSC_USE_COMPLEX)
  return make_numbers(env, 2, (double[]){ PetscRealPart(re), PetscImaginaryPart(re) });
#else
  return make_numbers(env, 2, (double[]){ re, im });
#endif
}

/* ---- singular values ------------------------------------------------------------------------------------------------- */

/* (matrix, prefix): solved. Gives how many triplets have converged, the reason, restarts; and the solver. */
CALL(svdCreate) {
  napi_value a[MOST];
  char prefix[64];
  SVD svd;
  arguments(env, info, a);
  Mat m = AS(Mat, a[0]);
  text(env, a[1], prefix, sizeof prefix);
  TRY(SVDCreate(PetscObjectComm((PetscObject)m), &svd));
  PetscErrorCode code = SVDSetOptionsPrefix(svd, prefix);
  if (!code) code = SVDSetOperators(svd, m, NULL);
  if (!code) code = SVDSetFromOptions(svd);
  if (code) SVDDestroy(&svd);
  TRY(code);
  return handle(env, SVD_, svd, NULL);
}

/* (solver, start vector or undefined, matrix) */
CALL(svdSolve) {
  napi_value a[MOST];
  arguments(env, info, a);
  SVD svd = AS(SVD, a[0]);
  PetscScalar *start = array(env, a[1], NULL);
  Vec first = NULL;
  PetscInt converged = 0, restarts = 0;
  SVDConvergedReason reason = 0;
  PetscErrorCode code = 0;
  if (start != NULL) {
    code = over(AS(Mat, a[2]), 0, start, &first);
    if (!code) code = SVDSetInitialSpaces(svd, 1, &first, 0, NULL);
  }
  if (!code) code = SVDSolve(svd);
  if (!code) code = SVDGetConverged(svd, &converged);
  if (!code) code = SVDGetConvergedReason(svd, &reason);
  if (!code) code = SVDGetIterationNumber(svd, &restarts);
  VecDestroy(&first);
  TRY(code);
  return make_numbers(env, 3, (double[]){ converged, reason, restarts });
}

/* (solver, matrix, i, left vector, right vector): the singular value. */
CALL(svdTriplet) {
  napi_value a[MOST];
  PetscReal sigma = 0;
  Vec u = NULL, v = NULL;
  arguments(env, info, a);
  Mat m = AS(Mat, a[1]);
  PetscErrorCode code = over(m, 1, array(env, a[3], NULL), &u);
  if (!code) code = over(m, 0, array(env, a[4], NULL), &v);
  if (!code) code = SVDGetSingularTriplet(AS(SVD, a[0]), integer(env, a[2]), &sigma, u, v);
  VecDestroy(&u);
  VecDestroy(&v);
  TRY(code);
  return make_number(env, sigma);
}

/* ---- functions ------------------------------------------------------------------------------------------------------- */

/* (matrix, prefix, 'exp' 'sqrt' 'log', re and im of a factor of the matrix, x, y): y = f(factor A) x. Gives the reason and the iterations. */
CALL(function) {
  napi_value a[MOST];
  char prefix[64], name[16];
  MFN mfn;
  FN fn;
  Vec x = NULL, y = NULL;
  MFNConvergedReason reason = 0;
  PetscInt iterations = 0;
  arguments(env, info, a);
  Mat m = AS(Mat, a[0]);
  text(env, a[1], prefix, sizeof prefix);
  text(env, a[2], name, sizeof name);
#if defined(PETSC_USE_COMPLEX)
  PetscScalar factor = number(env, a[3]) + number(env, a[4]) * PETSC_i;
#else
  PetscScalar factor = number(env, a[3]);
#endif
  TRY(MFNCreate(PetscObjectComm((PetscObject)m), &mfn));
  PetscErrorCode code = MFNSetOptionsPrefix(mfn, prefix);
  if (!code) code = MFNSetOperator(mfn, m);
  if (!code) code = MFNGetFN(mfn, &fn);
  if (!code) code = FNSetType(fn, strcmp(name, "exp") == 0 ? FNEXP : strcmp(name, "sqrt") == 0 ? FNSQRT : FNLOG);
  if (!code) code = FNSetScale(fn, factor, 1.0);
  if (!code) code = MFNSetFromOptions(mfn);
  if (!code) code = over(m, 0, array(env, a[5], NULL), &x);
  if (!code) code = over(m, 1, array(env, a[6], NULL), &y);
  if (!code) code = MFNSolve(mfn, x, y);
  if (!code) code = MFNGetConvergedReason(mfn, &reason);
  if (!code) code = MFNGetIterationNumber(mfn, &iterations);
  VecDestroy(&x);
  VecDestroy(&y);
  MFNDestroy(&mfn);
  TRY(code);
  return make_numbers(env, 2, (double[]){ reason, iterations });
}

/* ---- linear systems -------------------------------------------------------------------------------------------------- */

/* (matrix, prefix, right-hand side, solution, which is also the start): the reason, iterations, residual. */
CALL(linear) {
  napi_value a[MOST];
  char prefix[64];
  KSP ksp;
  Vec b = NULL, x = NULL;
  KSPConvergedReason reason = 0;
  PetscInt iterations = 0;
  PetscReal residual = 0;
  arguments(env, info, a);
  Mat m = AS(Mat, a[0]);
  text(env, a[1], prefix, sizeof prefix);
  TRY(KSPCreate(PetscObjectComm((PetscObject)m), &ksp));
  PetscErrorCode code = KSPSetOptionsPrefix(ksp, prefix);
  if (!code) code = KSPSetOperators(ksp, m, m);
  if (!code) code = KSPSetFromOptions(ksp);
  if (!code) code = over(m, 1, array(env, a[2], NULL), &b);
  if (!code) code = over(m, 0, array(env, a[3], NULL), &x);
  if (!code) code = KSPSolve(ksp, b, x);
  if (!code) code = KSPGetConvergedReason(ksp, &reason);
  if (!code) code = KSPGetIterationNumber(ksp, &iterations);
  if (!code) code = KSPGetResidualNorm(ksp, &residual);
  VecDestroy(&b);
  VecDestroy(&x);
  KSPDestroy(&ksp);
  TRY(code);
  return make_numbers(env, 3, (double[]){ reason, iterations, residual });
}

NAPI_MODULE_INIT() {
  static const struct { const char *name; napi_callback call; } calls[] = {
    { "initialize", initialize }, { "describe", describe }, { "setOption", setOption }, { "clearOption", clearOption }, { "optionUsed", optionUsed }, { "products", products }, { "destroy", destroy },
    { "matRows", matRows }, { "matCalls", matCalls }, { "multiply", multiply },
    { "epsCreate", epsCreate }, { "epsWatch", epsWatch }, { "epsSetUp", epsSetUp }, { "epsSolve", epsSolve }, { "epsPair", epsPair },
    { "svdCreate", svdCreate }, { "svdSolve", svdSolve }, { "svdTriplet", svdTriplet }, { "function", function }, { "linear", linear },
  };
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    napi_value call;
    napi_create_function(env, calls[i].name, NAPI_AUTO_LENGTH, calls[i].call, NULL, &call);
    napi_set_named_property(env, exports, calls[i].name, call);
  }
  return exports;
}

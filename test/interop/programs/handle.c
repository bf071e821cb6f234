/* A library that takes a communicator by its Fortran handle: total(handle, value) -> [rank, size, sum]. */
#include <mpi.h>
#include <node_api.h>

static napi_value total(napi_env env, napi_callback_info info) {
  size_t argc = 2;
  napi_value argv[2], result, element;
  int32_t handle, found[3];
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  napi_get_value_int32(env, argv[0], &handle);
  napi_get_value_int32(env, argv[1], &found[2]);
  MPI_Comm comm = MPI_Comm_f2c(handle);
  MPI_Comm_rank(comm, &found[0]);
  MPI_Comm_size(comm, &found[1]);
  MPI_Allreduce(MPI_IN_PLACE, &found[2], 1, MPI_INT, MPI_SUM, comm);
  napi_create_array(env, &result);
  for (int i = 0; i < 3; i++) {
    napi_create_int32(env, found[i], &element);
    napi_set_element(env, result, i, element);
  }
  return result;
}

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "total", NAPI_AUTO_LENGTH, total, NULL, &function);
  napi_set_named_property(env, exports, "total", function);
  return exports;
}

/** Node-API around a kernel's C function: where an array begins, and a run. */
export const ADDON = `
#include <node_api.h>

static napi_value address(napi_env env, napi_callback_info info)
{
  size_t count = 1;
  napi_value array, result;
  void *data = NULL;
  napi_get_cb_info(env, info, &count, &array, NULL, NULL);
  napi_get_typedarray_info(env, array, NULL, NULL, &data, NULL, NULL);
  napi_create_double(env, (double)(uintptr_t)data, &result);
  return result;
}

static napi_value run(napi_env env, napi_callback_info info)
{
  size_t count = 8;
  napi_value arguments[8];
  double memory;
  uint32_t block;
  int box[6];
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  napi_get_value_double(env, arguments[0], &memory);
  napi_get_value_uint32(env, arguments[1], &block);
  for (int i = 0; i < 6; i++) napi_get_value_int32(env, arguments[2 + i], &box[i]);
  char *m = (char *)(uintptr_t)memory;
  kernel(m, (const uint32_t *)(m + block), box[0], box[1], box[2], box[3], box[4], box[5]);
  return NULL;
}

NAPI_MODULE_INIT()
{
  napi_value function;
  napi_create_function(env, "address", NAPI_AUTO_LENGTH, address, NULL, &function);
  napi_set_named_property(env, exports, "address", function);
  napi_create_function(env, "run", NAPI_AUTO_LENGTH, run, NULL, &function);
  napi_set_named_property(env, exports, "run", function);
  return exports;
}
`;

/**
 * The compiled WebAssembly of `assembly/`, in base64. Written into dist by
 * scripts/build-kernels.js.
 */
export const binary: string;

/** An object of PETSc; only native/slepc.c looks inside. */
export interface PetscHandle {
  readonly petsc: never;
}

/** The functions of native/slepc.c. They throw an Error with PETSc's trace. */
export interface SlepcBinding {
  initialize(): void;
  describe(): { readonly version: string; readonly integerBits: number; readonly width: 1 | 2 };
  /** Names with their dash and prefix; an empty value is that of a flag. */
  setOption(name: string, value: string): void;
  clearOption(name: string): void;
  optionUsed(name: string): boolean;
  /** Products with matrices of rows since the process began. */
  products(): number;
  destroy(object: PetscHandle): void;
  matRows(
    comm: number,
    rows: number,
    columns: number,
    allRows: number,
    allColumns: number,
    rowPtr: Int32Array,
    places: Int32Array,
    values: Float64Array,
    hermitian: boolean,
  ): PetscHandle;
  /** `apply(adjoint)` computes y from x, or x from y, and tells whether it could, on all ranks the same. */
  matCalls(
    comm: number,
    rows: number,
    columns: number,
    allRows: number,
    allColumns: number,
    x: Float64Array,
    y: Float64Array,
    apply: (adjoint: boolean) => boolean,
    hermitian: boolean,
  ): PetscHandle;
  multiply(matrix: PetscHandle, from: Float64Array, to: Float64Array, adjoint: boolean): void;
  epsCreate(matrix: PetscHandle, prefix: string, hermitian: boolean): PetscHandle;
  /** Calls back at every restart; false ends the solve with an error. */
  epsWatch(eps: PetscHandle, callBack: (restart: number, converged: number) => boolean): void;
  epsSetUp(eps: PetscHandle): void;
  /** Wanted and basis: 0 keeps what is set. The arrays must live until it returns. */
  epsSolve(
    eps: PetscHandle,
    matrix: PetscHandle,
    wanted: number,
    basis: number,
    start: Float64Array | undefined,
    complementOf: readonly Float64Array[],
  ): [converged: number, reason: number, restarts: number];
  epsPair(
    eps: PetscHandle,
    matrix: PetscHandle,
    index: number,
    vector: Float64Array,
    imaginary: Float64Array | undefined,
  ): [re: number, im: number];
  svdCreate(matrix: PetscHandle, prefix: string): PetscHandle;
  svdSolve(
    svd: PetscHandle,
    start: Float64Array | undefined,
    matrix: PetscHandle,
  ): [converged: number, reason: number, restarts: number];
  svdTriplet(
    svd: PetscHandle,
    matrix: PetscHandle,
    index: number,
    left: Float64Array,
    right: Float64Array,
  ): number;
  /** y ← f(factor A) x. */
  function(
    matrix: PetscHandle,
    prefix: string,
    name: 'exp' | 'sqrt' | 'log',
    re: number,
    im: number,
    x: Float64Array,
    y: Float64Array,
  ): [reason: number, iterations: number];
  /** A x = b; x is also the start where an option says so. */
  linear(
    matrix: PetscHandle,
    prefix: string,
    b: Float64Array,
    x: Float64Array,
  ): [reason: number, iterations: number, residual: number];
}

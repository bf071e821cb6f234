"""mpi4py.futures' map of an empty body: prints items a second."""
from time import perf_counter

from mpi4py.futures import MPIPoolExecutor


def empty(index):
    return None


if __name__ == "__main__":
    with MPIPoolExecutor() as pool:
        list(pool.map(empty, range(200)))
        best = 0
        for _ in range(3):
            start = perf_counter()
            list(pool.map(empty, range(5000)))
            best = max(best, 5000 / (perf_counter() - start))
    print("empty", best)

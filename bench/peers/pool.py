"""mpi4py.futures: microseconds a task; map, a burst of submits, one at a time, and bytes there and back."""
from time import perf_counter

from mpi4py.futures import MPIPoolExecutor


def nothing(value):
    return None


def same(value):
    return value


def best(count, body):
    times = []
    for _ in range(3):
        start = perf_counter()
        body()
        times.append(perf_counter() - start)
    return 1e6 * min(times) / count


if __name__ == "__main__":
    with MPIPoolExecutor() as pool:
        list(pool.map(nothing, range(200)))
        print("map", best(2000, lambda: list(pool.map(nothing, range(2000)))))

        def burst():
            for future in [pool.submit(nothing, i) for i in range(2000)]:
                future.result()

        print("burst", best(2000, burst))

        def one():
            for i in range(300):
                pool.submit(nothing, i).result()

        print("one", best(300, one))
        for size in (1, 1024, 1024 * 1024):
            data = bytearray(size)

            def echo():
                for _ in range(100):
                    pool.submit(same, data).result()

            print(f"echo-{size}", best(100, echo))

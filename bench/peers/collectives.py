"""The mpi4py side of bench/collectives.ts: prints `call-bytes microseconds`."""
from time import perf_counter
from array import array
from mpi4py import MPI

comm = MPI.COMM_WORLD
rank, size = comm.rank, comm.size


def series(call, rounds):
    """Microseconds a call of the slowest rank, over so many calls."""
    comm.Barrier()
    start = perf_counter()
    for i in range(rounds):
        call(i)
    return comm.allreduce((perf_counter() - start) / rounds * 1e6, MPI.MAX)


length = 8
while length <= 8 << 20:
    n = length // 8
    many = 5000 if length <= 1024 else 500 if length <= 65536 else 50 if length <= 1 << 20 else 8
    send, recv = array("d", bytes(length * size)), array("d", bytes(length * size))
    part, into = memoryview(send)[:n], memoryview(recv)[:n]
    calls = {
        "bcast": lambda i: comm.Bcast(part, i % size),
        "allreduce": lambda i: comm.Allreduce(part, into, MPI.SUM),
        "alltoall": lambda i: comm.Alltoall(send, recv),
        "allgather": lambda i: comm.Allgather(part, recv),
    }
    for name, call in calls.items():
        rounds = int(min(many, max(4, 20000 / series(call, many // 8))))
        best = min(series(call, rounds) for _ in range(8))
        if rank == 0:
            print(f"{name}-{length} {best}")
    length *= 16 if length in (8, 65536) else 8

"""The Python side of the conversation that talk.ts describes."""
from array import array

from mpi4py import MPI

comm = MPI.COMM_WORLD
rank, size = comm.rank, comm.size
KINDS = [
    ("b", MPI.INT8_T), ("B", MPI.UINT8_T), ("h", MPI.INT16_T), ("H", MPI.UINT16_T), ("i", MPI.INT32_T),
    ("I", MPI.UINT32_T), ("f", MPI.FLOAT), ("d", MPI.DOUBLE), ("q", MPI.INT64_T), ("Q", MPI.UINT64_T),
]
LENGTHS = [0, 1, 1000, 20000]
D = MPI.DOUBLE


def element(r, i):
    return (3 * r + i) % 100


def values(code, r, n):
    return array(code, [element(r, i) for i in range(n)])


def zeros(code, n):
    return array(code, [0]) * n


def every(n):
    return array("d", [element(r, i) for r in range(size) for i in range(n)])


for k, (code, kind) in enumerate(KINDS):
    for n in LENGTHS:
        for source in range(size):
            for dest in range(size):
                if source == dest:
                    continue
                if rank == source:
                    data = [values(code, rank, n), n, kind]
                    if n == 1:
                        comm.Ssend(data, dest, k)
                    elif n == 1000:
                        comm.Isend(data, dest, k).Wait()
                    else:
                        comm.Send(data, dest, k)
                if rank == dest:
                    status = MPI.Status()
                    comm.Probe(source, MPI.ANY_TAG, status)
                    assert (status.Get_source(), status.Get_tag()) == (source, k)
                    assert status.Get_count(kind) == n
                    came = zeros(code, n)
                    comm.Recv([came, n, kind], source, k, status)
                    assert came == values(code, source, n), (code, n)

for n in LENGTHS:
    mine = values("d", rank, n)
    came = zeros("d", n)
    before = (rank + size - 1) % size
    comm.Sendrecv([mine, n, D], (rank + 1) % size, 7, [came, n, D], before, 7)
    assert came == values("d", before, n)
    comm.Barrier()
    for root in range(size):
        data = values("d", root, n) if rank == root else zeros("d", n)
        comm.Bcast([data, n, D], root)
        assert data == values("d", root, n)
        piece = zeros("d", n)
        comm.Scatter([every(n), n, D] if rank == root else None, [piece, n, D], root)
        assert piece == mine
        whole = zeros("d", n * size)
        comm.Gather([piece, n, D], [whole, n, D] if rank == root else None, root)
        assert rank != root or whole == every(n)
        total = zeros("d", n)
        comm.Reduce([piece, n, D], [total, n, D] if rank == root else None, MPI.SUM, root)
        assert rank != root or all(x == sum(element(r, i) for r in range(size)) for i, x in enumerate(total))
    everywhere = zeros("d", n * size)
    comm.Allgather([mine, n, D], [everywhere, n, D])
    assert everywhere == every(n)
    exchanged = zeros("d", n * size)
    comm.Alltoall([array("d", [rank]) * (n * size), n, D], [exchanged, n, D])
    assert all(x == i // n for i, x in enumerate(exchanged))
    largest = values("i", rank, n)
    comm.Allreduce(MPI.IN_PLACE, [largest, n, MPI.INT32_T], MPI.MAX)
    assert all(x == max(element(r, i) for r in range(size)) for i, x in enumerate(largest))
    partial = zeros("d", n)
    comm.Scan([mine, n, D], [partial, n, D], MPI.SUM)
    assert all(x == sum(element(r, i) for r in range(rank + 1)) for i, x in enumerate(partial))

counts = [r + 1 for r in range(size)]
blocks = zeros("i", sum(counts))
comm.Allgatherv([array("i", [rank]) * (rank + 1), rank + 1, MPI.INT32_T], [blocks, counts, None, MPI.INT32_T])
assert blocks == array("i", [r for r in range(size) for _ in range(r + 1)])
reverse = comm.Split(0, size - rank)
assert reverse.rank == size - 1 - rank
first = array("f", [rank])
reverse.Bcast([first, 1, MPI.FLOAT], 0)
assert first[0] == size - 1
reverse.Free()
print(f"Python rank {rank} of {size}: ok", flush=True)

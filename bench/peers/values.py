"""The mpi4py side of bench/values.ts: prints `name microseconds`, one way, of 2 ranks."""
import sys
from mpi4py import MPI
from mpi4py.util import pkl5
import numpy

world = MPI.COMM_WORLD
comm = pkl5.Intracomm(world)
rank, peer = world.rank, 1 - world.rank
rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200


def both(send, receive):
    def way():
        if rank == 0:
            send()
        got = receive()
        if rank == 1:
            send()
        return got

    return way


results = {}
for length in (10**4, 10**5, 10**6):
    weights = numpy.zeros(length)
    room = numpy.zeros(length)
    value = {"weights": weights, "step": 3, "name": "layer"}
    ways = {
        "memory": both(lambda: world.Send(weights, peer), lambda: world.Recv(room, peer)),
        "value": both(lambda: comm.send(value, peer), lambda: comm.recv(source=peer)),
    }
    for _ in range(rounds):
        for name, way in ways.items():
            world.Barrier()
            way()
            start = MPI.Wtime()
            way()
            time = (MPI.Wtime() - start) / 2 * 1e6
            key = f"{name}-{8 * length}"
            results[key] = min(results.get(key, 1e9), time)
if rank == 0:
    for name, microseconds in results.items():
        print(name, microseconds)

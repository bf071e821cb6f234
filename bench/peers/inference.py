"""Peers of the solvers, from source trees: python3 inference.py TOOL PROBLEM SEED. Prints one line of JSON."""
import importlib.metadata
import json
import math
import sys
import types
import warnings

import numpy as np

warnings.simplefilter("ignore")
# Trees that were never installed have no version.
importlib.metadata.version = lambda name: "source"
sys.modules["emcee.emcee_version"] = types.SimpleNamespace(__version__="source")

LOG_2PI = math.log(2 * math.pi)
calls = 0


def normals(n, rho=0.0):
    constant = -0.5 * (math.log(1 + (n - 1) * rho) + (n - 1) * math.log(1 - rho) + n * LOG_2PI)
    shared = rho / (1 + (n - 1) * rho)

    def log(x):
        return constant - 0.5 * (x @ x - shared * x.sum() ** 2) / (1 - rho)

    return n, lambda u: 10 * u - 5, log


def shells(x):
    a, b = (-0.5 * ((math.hypot(x[0] - c, x[1]) - 2) / 0.1) ** 2 for c in (-3.5, 3.5))
    return max(a, b) + math.log1p(math.exp(-abs(a - b))) - 0.5 * math.log(2 * math.pi * 0.01)


DATA = np.array([3.21, 4.14, 4.94, 6.06, 6.84])
AT = np.arange(1, 6)


def line(x):
    left = (DATA - x[0] * AT - x[1]) / x[2]
    return -0.5 * left @ left - 5 * math.log(x[2]) - 2.5 * LOG_2PI


def disc(x):
    return 0.0 if x @ x < 0.25 else -10.0


def hole(x):
    return -2 * (x @ x) if x @ x < 0.25 else -math.inf


PROBLEMS = {
    "normal 2": normals(2),
    "normal 5": normals(5),
    "normal 10": normals(10),
    "ρ 0.4 in 8": normals(8, 0.4),
    "ρ 0.4 in 16": normals(16, 0.4),
    "shells": (2, lambda u: 12 * u - 6, shells),
    "eggbox": (2, lambda u: 10 * math.pi * u, lambda x: (2 + math.cos(x[0] / 2) * math.cos(x[1] / 2)) ** 5),
    "line": (3, lambda u: 5 * u, line),
    "corner": (3, lambda u: u, lambda x: -5 * x.sum()),
    "disc": (2, lambda u: 2 * u - 1, disc),
    "hole": (2, lambda u: 2 * u - 1, hole),
}


def dynesty(name, seed):
    from dynesty import NestedSampler

    n, prior, log = PROBLEMS[name]
    sampler = NestedSampler(log, prior, n, nlive=500, rstate=np.random.default_rng(seed))
    sampler.run_nested(print_progress=False)
    found = sampler.results
    return {"evaluations": int(np.sum(found.ncall)), "log": float(found.logz[-1]), "told": float(found.logzerr[-1])}


def emcee(name, seed):
    """The first variable's mean after 20,000 evaluations, 40 walkers from the prior; a quarter of the steps is left out."""
    from emcee import EnsembleSampler

    n, prior, log = PROBLEMS[name]
    rng = np.random.default_rng(seed)
    np.random.seed(seed)
    inside = lambda x: np.all(prior(np.zeros(n)) < x) and np.all(x < prior(np.ones(n)))
    sampler = EnsembleSampler(40, n, lambda x: log(x) if inside(x) else -math.inf)
    sampler.run_mcmc(prior(rng.random((40, n))), 500)
    draws = sampler.get_chain(discard=125)[:, :, -1]
    return {"evaluations": 20_000, "mean": float(draws.mean())}


def ellipsoid(n, condition):
    scales = condition ** (np.arange(n) / (n - 1))
    return lambda x: float(scales @ (x * x))


def rosenbrock(x):
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def rastrigin(x):
    return float(np.sum(x * x + 10 * (1 - np.cos(2 * np.pi * x))))


# Function, dimension, whole variables, start (None: even in ±5), step, restarts.
SEARCHES = {
    "sphere 20": (lambda x: float(x @ x), 20, 0, None, 2, False),
    "ellipsoid 1e12, 20": (ellipsoid(20, 1e12), 20, 0, None, 2, False),
    "Rosenbrock 20": (rosenbrock, 20, 0, 0, 0.5, False),
    "Rosenbrock 40": (rosenbrock, 40, 0, 0, 0.5, False),
    "Rastrigin 10": (rastrigin, 10, 0, None, 2, True),
    "sphere, 1 whole of 5": (lambda x: float(x @ x), 5, 1, None, 2, False),
    "sphere, 10 whole of 20": (lambda x: float(x @ x), 20, 10, None, 2, False),
    "ellipsoid 1e6, 1 of 5": (ellipsoid(5, 1e6), 5, 1, None, 2, False),
    "ellipsoid 1e6, 10 of 20": (ellipsoid(20, 1e6), 20, 10, None, 2, False),
}


def pycma(name, seed):
    import cma

    f, n, wholes, start, step, restarts = SEARCHES[name]
    rng = np.random.default_rng(seed)
    options = {"seed": seed + 1, "ftarget": 1e-8, "verbose": -9, "maxfevals": 400_000}
    if wholes:
        options["integer_variables"] = list(range(wholes))
        # Rounded by the function, as here.
        inner = f
        f = lambda x: inner(np.concatenate([np.round(x[:wholes]), x[wholes:]]))
    begin = lambda: np.full(n, float(start)) if start is not None else rng.uniform(-5, 5, n)
    if restarts:
        found = cma.fmin2(f, begin, step, options, restarts=9, bipop=True)[1].result
    else:
        options["tolfun"] = 0
        options["tolfunhist"] = 0
        options["tolstagnation"] = 0
        options["tolflatfitness"] = 1_000_000
        found = cma.CMAEvolutionStrategy(begin(), step, options).optimize(f).result
    return {"evaluations": int(found.evaluations), "loss": float(found.fbest)}


TOOLS = {"dynesty": dynesty, "emcee": emcee, "pycma": pycma}
tool, name, first, seeds = sys.argv[1:5]
for seed in range(int(first), int(first) + int(seeds)):
    print(json.dumps(TOOLS[tool](name, seed)), flush=True)

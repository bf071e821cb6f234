# Stan beside nuts(): Rscript inference.R MODEL DATA METRIC SEEDS FOLDER. MODEL is a program below, DATA a file of assignments.
# Defaults of Stan: 4 chains, 1,000 trajectories of warm-up, 1,000 draws. For each seed: the draws [draw][chain][variable], the
# first index fastest, as doubles in a file of FOLDER, and a line of JSON with the gradients of both halves.
suppressPackageStartupMessages(library(rstan))
# Debian's package of Boost leaves the headers where the compiler looks anyhow.
if (!nzchar(rstan_options("boost_lib"))) rstan_options(boost_lib = "/usr/include")

programs <- list(
  schools = "
    data { int J; vector[J] y; vector[J] sigma; }
    parameters { real mu; real<lower=0> tau; vector[J] eta; }
    model {
      mu ~ normal(0, 5);
      tau ~ cauchy(0, 5);
      eta ~ normal(0, 1);
      y ~ normal(mu + tau * eta, sigma);
    }",
  logistic = "
    data { int N; int K; matrix[N, K] X; int<lower=0, upper=1> y[N]; }
    parameters { vector[K] beta; }
    model {
      beta ~ normal(0, 2.5);
      y ~ bernoulli_logit(X * beta);
    }",
  # Even in a box of the same coordinates as there: the logarithm of the odds.
  normal = "
    data { int n; real rho; real box; }
    transformed data { real share = rho / (1 + (n - 1) * rho); }
    parameters { vector<lower=-box, upper=box>[n] x; }
    model { target += -0.5 * (dot_self(x) - share * square(sum(x))) / (1 - rho); }"
)

args <- commandArgs(trailingOnly = TRUE)
given <- new.env()
sys.source(args[2], given)
# Compiled once a folder: it takes longer than the draws.
compiled <- file.path(args[5], paste0(args[1], ".rds"))
if (!file.exists(compiled)) saveRDS(stan_model(model_code = programs[[args[1]]], model_name = args[1]), compiled)
program <- readRDS(compiled)
for (seed in seq_len(as.integer(args[4]))) {
  fit <- sampling(program, data = as.list(given), seed = seed, refresh = 0, cores = 1,
                  control = list(metric = args[3]))
  draws <- extract(fit, permuted = FALSE)
  draws <- draws[, , dimnames(draws)[[3]] != "lp__", drop = FALSE]
  each <- get_sampler_params(fit, inc_warmup = TRUE)
  steps <- sapply(each, function(chain) chain[, "n_leapfrog__"])
  wild <- sapply(each, function(chain) chain[1001:2000, "divergent__"])
  path <- file.path(args[5], paste0("stan-", args[1], "-", args[3], "-", seed))
  writeBin(as.double(draws), path)
  cat(sprintf('{"draws": "%s", "variables": %d, "warmUp": %d, "after": %d, "divergences": %d}\n',
              path, dim(draws)[3], sum(steps[1:1000, ]), sum(steps[1001:2000, ]), sum(wild)))
}

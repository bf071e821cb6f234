#!/usr/bin/env bash
# Installs what the tests need (Debian, as root), then builds, checks format, lint and types, and runs every test.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("${@:2}"); }
need gcc gcc libc6-dev
need mpirun.openmpi openmpi-bin
need mpicc.openmpi libopenmpi-dev
need mpirun.mpich mpich
need mpicc.mpich libmpich-dev
need ip iproute2
need nsenter util-linux
/usr/bin/python3 -c 'import mpi4py' 2>/dev/null || missing+=(python3 python3-mpi4py)
# Known by their packages: eigensolvers to compare with, schedulers, shells and modules for jobs, a browser, a GPU in
# software, a file system that counts requests.
wanted=(libslepc-real-dev libslepc-complex-dev python3-slepc4py-real python3-slepc4py-complex
  python3-scipy libopenblas0-pthread slurm-wlm munge gridengine-master gridengine-exec gridengine-client
  tcsh environment-modules perl chromium libegl1 libgl1-mesa-dri python3-fusepy)
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null || true)
for package in "${wanted[@]}"; do
  grep -qx "installed $package" <<<"$installed" || missing+=("$package")
done
# Grid Engine wants a mailer; of its own accord apt would take a large one.
need /usr/sbin/sendmail ssmtp

if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "verify needs these Debian packages: ${missing[*]}" >&2
    echo "Install them (apt-get install ${missing[*]}), or run this as root on Debian." >&2
    exit 1
  fi
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

npm run --silent build # first: examples and tests see the package as a user does, through dist
npm run --silent format:check
npm run --silent lint
npm run --silent types
npm run --silent test

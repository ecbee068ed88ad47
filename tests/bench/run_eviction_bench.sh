#!/usr/bin/env bash
# Builds and runs eviction_bench: hit rates of the worker's eviction policies beside the best possible ones.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bazel build //tests/bench/eviction:eviction_bench 2>/dev/null
exec "$(bazel info bazel-bin 2>/dev/null)/tests/bench/eviction/eviction_bench"

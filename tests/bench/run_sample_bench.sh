#!/usr/bin/env bash
# Builds and runs sample_bench: what a sample of a million blocks costs, and whether other questions wait for it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bazel build //tests/bench:sample_bench 2>/dev/null
exec "$(bazel info bazel-bin 2>/dev/null)/tests/bench/sample_bench"

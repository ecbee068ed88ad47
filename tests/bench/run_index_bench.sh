#!/usr/bin/env bash
# Builds and runs index_bench: what a question and a change cost at ten thousand and at ten million blocks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bazel build //tests/bench:index_bench 2>/dev/null
exec "$(bazel info bazel-bin 2>/dev/null)/tests/bench/index_bench"

#!/bin/sh
echo "bazel coverage is not available here: use gcovr" >&2
exit 1

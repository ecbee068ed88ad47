"""Where things lie. Nothing here touches the disk."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Everything that outlives a checkout: Bazel's disk cache, Python environments, the control plane, logs.
CACHE = Path.home() / ".cache" / "locus"
LOGS = CACHE / "logs"

"""manifests/observability/prometheus-rule.yaml, which is rules.yaml for the Prometheus operator."""

from devkit.paths import ROOT

_FOLDER = ROOT / "manifests" / "observability"
_HEAD = """\
# For the Prometheus operator. Made of rules.yaml by `tools/dev fix`: change that one.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: locus
  namespace: locus
  labels:
    app.kubernetes.io/part-of: locus
spec:
"""


def render(rules: str) -> str:
    """The manifest, from the text of rules.yaml."""
    body = rules[rules.index("groups:\n") :]
    return _HEAD + "".join(f"  {line}" if line.strip() else line for line in body.splitlines(keepends=True))


def write() -> None:
    """Writes it where it belongs."""
    (_FOLDER / "prometheus-rule.yaml").write_text(render((_FOLDER / "rules.yaml").read_text()))

"""A Grafana dashboard's panels and expressions."""

from collections.abc import Iterator
from typing import Any

# What Grafana puts in the place of its variables (https://grafana.com/docs/grafana/latest/dashboards/variables/).
_VARIABLES = {"$__rate_interval": "5m", "$__range": "1h", "$__interval": "1m"}


def panels(document: dict[str, Any]) -> list[dict[str, Any]]:
    """All but the headings of rows, those in folded rows too."""
    found = []
    for panel in document["panels"]:
        if panel["type"] == "row":
            found += panel.get("panels", [])
        else:
            found.append(panel)
    return found


def expressions(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Panel's title and expression, with Grafana's variables in place."""
    for panel in panels(document):
        for target in panel.get("targets", []):
            expression = target["expr"]
            for variable, value in _VARIABLES.items():
                expression = expression.replace(variable, value)
            assert "$" not in expression, f"{panel['title']}: {expression} has a variable that is not known"
            yield panel["title"], expression

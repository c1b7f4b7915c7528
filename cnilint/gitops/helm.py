"""Reads the Helm releases that GitOps objects install."""

import re
from typing import NamedTuple

from cnilint.gitops.conventions import gitops_conventions
from cnilint.gitops.deployers import first_string
from cnilint.manifest.object import Object

_INDEX = re.compile(r"\[\d+\]")


class Release(NamedTuple):
    """A Helm release that an object installs; ``values`` are the dotted paths of the chart's values in it."""

    name: str
    chart: str
    namespace: str | None
    values: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a field path of the object lies in the values of the chart."""
        return _INDEX.sub("[]", path).startswith(tuple(f"{root}." for root in self.values))


def release(obj: Object) -> Release | None:
    """The Helm release that the object installs."""
    for known in gitops_conventions().releases:
        if obj.kind == known.kind and obj.group == known.group:
            chart = first_string(obj, known.chart)
            name = first_string(obj, known.name)
            if name is not None and chart is not None:
                namespace = first_string(obj, known.namespace)
                return Release(
                    name=name, chart=chart.rpartition("/")[2], namespace=namespace, values=known.values
                )
    return None

"""Which code a resolution is reported with, and how it is counted: the only place that decides either."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from cnilint.document import Span
from cnilint.resolve.outcome import ABSENT, SETTLED, Outcome, Resolution

_CODES: Mapping[Outcome, str] = {
    Outcome.MISSING_KEY: "CNI101",
    Outcome.MISSING_OBJECT: "CNI102",
    Outcome.RENAMED: "CNI102",
    Outcome.WRONG_NAMESPACE: "CNI103",
    Outcome.BINARY_KEY: "CNI104",
    Outcome.INVALID_VARIABLE: "CNI105",
    Outcome.WRONG_KIND: "CNI112",
}
_OPTIONAL = "CNI106"
_SERVICE_ACCOUNT = "CNI109"
_SUB_PATH = "CNI110"
_MISSING_IN_ENVIRONMENT = "CNI111"


def classify(resolution: Resolution) -> str | None:
    """The code of a broken reference; None for one that is not broken, or that is only a consequence."""
    reference, outcome = resolution.reference, resolution.outcome
    if outcome in SETTLED or is_consequence(resolution):
        return None
    if resolution.is_sub_path:
        return _SUB_PATH
    if reference.optional and outcome is not Outcome.INVALID_VARIABLE:
        return _OPTIONAL
    if reference.kind == "ServiceAccount":
        return _SERVICE_ACCOUNT
    if outcome is Outcome.MISSING_OBJECT and resolution.sibling is not None:
        return _MISSING_IN_ENVIRONMENT
    return _CODES[outcome]


def by_code(resolutions: Iterable[Resolution]) -> Mapping[str, Sequence[Resolution]]:
    """The broken references by code. An absent object of which a custom resource reads several keys is one of them."""
    found: defaultdict[str, list[Resolution]] = defaultdict(list)
    absent: set[tuple[str, Span]] = set()
    for resolution in resolutions:
        code = classify(resolution)
        if code is None:
            continue
        if resolution.concerns_name and resolution.reference.effect:
            place = (resolution.environment.name, resolution.reference.name_span)
            if place in absent:
                continue
            absent.add(place)
        found[code].append(resolution)
    return found


def counted_as(resolution: Resolution) -> str | None:
    """The word that a report counts it under; None for a consequence of another reference, which is not counted."""
    if resolution.outcome in SETTLED:
        return resolution.outcome.value
    code = classify(resolution)
    if code is None:
        return None
    return "optional" if code == _OPTIONAL else "broken"


def is_consequence(resolution: Resolution) -> bool:
    """Whether the reference breaks only because the volume's own reference does.

    The kubelet mounts the volume first: it fails there if the object is absent, and never reads a ``subPath``. An
    optional volume without its object is mounted, and empty.
    """
    absent = resolution.outcome in ABSENT and not resolution.reference.optional
    return resolution.is_sub_path and absent

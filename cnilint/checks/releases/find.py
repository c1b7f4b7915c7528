"""Applies the rule packs and the API lifecycle to each environment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cnilint.diagnostics.model import Diagnostic
from cnilint.environment.model import Environment
from cnilint.packs.evaluate import evaluate
from cnilint.packs.library import Library
from cnilint.packs.lifecycle import check_api, lifecycle_table
from cnilint.packs.parts import Part
from cnilint.versions import Version


@dataclass(frozen=True, slots=True)
class Judgement:
    """Diagnostics, and a sentence for each component of unknown version."""

    problems: tuple[Diagnostic, ...]
    notices: tuple[str, ...]


def judge(
    environments: Iterable[Environment],
    library: Library,
    targets: Mapping[str, Version],
    kube_version: Version | None,
) -> Judgement:
    """The diagnostics of all environments.

    ``targets`` are versions by component that replace the detected ones; without ``kube_version`` API versions are not
    checked. Raises UsageError for a target without a pack.
    """
    for name in targets:
        library.component(name)
    problems: list[Diagnostic] = []
    notices: dict[str, None] = {}
    for environment in environments:
        if environment.unjudged:
            continue
        parts = _parts(environment)
        if parts:
            resolution = evaluate(parts, library, targets)
            problems += (replace(problem, environment=environment.name) for problem in resolution.problems)
            notices.update(
                (f"{entry.component} was not checked by version: {entry.reason}", None)
                for entry in resolution.unverified
            )
        if kube_version is not None:
            problems += _removed_apis(environment, kube_version)
    return Judgement(tuple(problems), tuple(notices))


def _parts(environment: Environment) -> Sequence[Part]:
    return [
        replace(fact.part, owner=replace(fact.owner, defaulted=False))
        for fact in environment.objects
        if fact.part is not None
    ]


def _removed_apis(environment: Environment, release: Version) -> Iterator[Diagnostic]:
    table = lifecycle_table()
    for fact in environment.objects:
        problem = check_api(fact.owner, fact.api_version, release, table)
        if problem is not None:
            yield replace(problem, environment=environment.name)

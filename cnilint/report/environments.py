"""``cnilint check --explain-environments``: the environments, why each was formed, and what it holds."""

from collections import Counter
from collections.abc import Iterable, Iterator

from cnilint.environment import Environment


def explain(environments: Iterable[Environment]) -> str:
    """The environments as a tree of their folders, one paragraph each."""
    lines = [line for environment in environments for line in _paragraph(environment)]
    return "\n".join(lines) + "\n" if lines else "There is no environment: no Kubernetes object was found.\n"


def _paragraph(environment: Environment) -> Iterator[str]:
    depth = 0 if environment.name == "." else environment.name.count("/")
    indent = "  " * depth
    yield f"{indent}{environment.name}"
    yield f"{indent}  why: {environment.reason}"
    if environment.words:
        yield f"{indent}  environment words: {', '.join(sorted(environment.words))}"
    if environment.namespace:
        yield f"{indent}  default namespace: {environment.namespace}"
    yield f"{indent}  holds: {_contents(environment)}"
    if environment.unjudged:
        yield f"{indent}  not judged: {environment.unjudged}"
    if environment.deployed is False:
        yield f"{indent}  nothing in the repository says that it is applied"
    for reason in sorted({gap.reason for gap in environment.gaps}):
        yield f"{indent}  not complete: {reason}"


def _contents(environment: Environment) -> str:
    kinds = Counter(fact.owner.kind for fact in environment.objects)
    made = sum(bool(definition.producer) for fact in environment.objects for definition in fact.definitions)
    shown = ", ".join(
        f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))[:6]
    )
    more = len(kinds) - 6
    text = f"{len(environment.objects)} objects" + (
        f" ({shown}{f' and {more} more kinds' if more > 0 else ''})" if kinds else ""
    )
    return text + (f"; {made} made by producers" if made else "")

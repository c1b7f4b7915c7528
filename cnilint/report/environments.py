"""``cnilint check --explain-environments``: the environments, why each was formed, and what it contains."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, field

from cnilint.diagnostics.wording import quantity
from cnilint.environment import Environment
from cnilint.report.terminal import printable

_LEGEND = (
    "References are resolved in their own environment, then in environments whose path words\n"
    "(such as 'prod') are among its own, then in those without such words."
)


class _Folder(Struct):
    """A folder of the tree; ``environment`` when it is one."""

    below: "dict[str, _Folder]" = field(default_factory=dict)
    environment: Environment | None = None


def explain(environments: Sequence[Environment]) -> str:
    """The environments as a tree of their folders, with a paragraph on each."""
    if not environments:
        return "No environments: no Kubernetes objects found.\n"
    siblings = _siblings(environments)
    count = quantity(len(environments), "environment")
    lines = [*f"{count}. {_LEGEND}".split("\n"), ""]
    stack = list(_children(_tree(environments), ""))
    while stack:
        margin, is_last, name, folder = stack.pop()
        lines.append(f"{margin}{'└─' if is_last else '├─'} {name}")
        below = margin + ("   " if is_last else "│  ")
        if folder.environment is not None:
            bar = "│  " if folder.below else "   "
            said = _paragraph(folder.environment, siblings)
            lines.extend(f"{below}{bar}{line}" for line in said)
        stack.extend(_children(folder, below))
    return "".join(f"{printable(line)}\n" for line in lines)


def _tree(environments: Iterable[Environment]) -> _Folder:
    root = _Folder()
    for environment in environments:
        folder = root
        for segment in environment.name.split("/"):
            folder = folder.below.setdefault(segment, _Folder())
        folder.environment = environment
    return root


def _children(folder: _Folder, margin: str) -> Iterator[tuple[str, bool, str, _Folder]]:
    """The folders below, the last one first; a chain of folders without a branch is one line."""
    for position, (segment, child) in enumerate(reversed(folder.below.items())):
        name = segment
        while child.environment is None and len(child.below) == 1:
            ((segment, child),) = child.below.items()
            name = f"{name}/{segment}"
        yield margin, position == 0, name, child


def _siblings(environments: Iterable[Environment]) -> dict[str, list[str]]:
    families: defaultdict[str, list[str]] = defaultdict(list)
    for environment in environments:
        if environment.words:
            families[environment.family].append(environment.name)
    return families


def _paragraph(environment: Environment, siblings: dict[str, list[str]]) -> Iterator[str]:
    yield f"why: {environment.reason}"
    if environment.words:
        yield f"words: {', '.join(sorted(environment.words))}"
        if len(siblings[environment.family]) > 1:
            yield f"siblings: {_others(siblings[environment.family], environment.name)}"
    if environment.namespace:
        yield f"default namespace: {environment.namespace}"
    yield f"contains: {_contents(environment)}"
    if environment.unjudged:
        yield f"not checked: {environment.unjudged}"
    if environment.deployed is False:
        yield "nothing in this repository deploys this folder: findings that rest on other environments are less severe in it"
    for reason in sorted({gap.reason for gap in environment.gaps}):
        yield f"incomplete: {reason}"


def _others(names: Sequence[str], own: str) -> str:
    shown = [name for name in names[:4] if name != own][:3]
    more = len(names) - 1 - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _contents(environment: Environment) -> str:
    kinds = Counter(fact.owner.kind for fact in environment.objects)
    made = sum(bool(definition.producer) for fact in environment.objects for definition in fact.definitions)
    ordered = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
    listed = ", ".join(f"{count} {kind}" for kind, count in ordered[:6])
    more = f" and {len(kinds) - 6} more kinds" if len(kinds) > 6 else ""
    return (listed + more or "no object") + (f"; {made} created by producers" if made else "")

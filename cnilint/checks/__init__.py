"""The list of all checks: each is one module that holds its code, its page and, where it finds something, its work.

A module is loaded when its check is used, because those of live objects load server-side apply.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from inspect import cleandoc
from typing import Protocol, cast

from cnilint.findings.codes import FAMILIES, Code

CHECKS: Mapping[str, str] = {
    "CNI101": "references.missing_key",
    "CNI102": "references.missing_object",
    "CNI103": "references.wrong_namespace",
    "CNI104": "references.binary_key",
    "CNI105": "references.malformed_reference",
    "CNI106": "references.optional_dangling",
    "CNI107": "references.shadowed_variable",
    "CNI108": "references.unresolved_expansion",
    "CNI109": "references.missing_service_account",
    "CNI110": "references.missing_subpath",
    "CNI111": "references.missing_in_environment",
    "CNI112": "references.wrong_kind",
    "CNI113": "references.empty_variable",
    "CNI114": "references.unordered_hook",
    "CNI121": "input.duplicate_object",
    "CNI122": "input.non_string_value",
    "CNI123": "input.invalid_definition",
    "CNI124": "input.duplicate_yaml_key",
    "CNI125": "input.lost_document",
    "CNI126": "input.unbuildable",
    "CNI201": "releases.leftover_setting",
    "CNI202": "releases.removed_flag",
    "CNI203": "releases.removed_value",
    "CNI204": "releases.removed_api",
    "CNI205": "releases.deprecated_setting",
    "CNI206": "releases.version_skew",
    "CNI207": "releases.known_bug",
    "CNI208": "releases.missing_setting",
    "CNI209": "releases.future_setting",
    "CNI301": "ownership.left_behind",
    "CNI302": "ownership.left_behind_dangling",
    "CNI303": "ownership.human_owned_field",
    "CNI304": "ownership.unowned_field",
    "CNI305": "ownership.lost_ownership",
    "CNI306": "ownership.unreadable_ownership",
    "CNI307": "ownership.apply_refused",
    "CNI308": "ownership.second_applier",
    "CNI309": "ownership.removes_field",
    "CNI310": "ownership.overwrites_change",
    "CNI311": "ownership.dry_run_differs",
    "CNI401": "changes.removed_key_in_use",
    "CNI402": "changes.prune_hazard",
    "CNI403": "changes.immutable_change",
    "CNI404": "changes.replaced_workload",
    "CNI405": "changes.version_jump",
    "CNI406": "changes.not_as_planned",
    "CNI901": "input.unparsable",
    "CNI902": "input.hostile_input",
    "CNI903": "input.unrendered",
    "CNI904": "input.chart_not_checked",
}
"""The module of each code, below this package. This is the only list: a new check is its file and a line here."""


class Check(Protocol):
    """A module with a page (its docstring) and a code."""

    CODE: Code


class _Codes(Mapping[str, Code]):
    """The codes by id, in order. Ids are known at once; an entry loads its module."""

    def __getitem__(self, identifier: str) -> Code:
        return _module(CHECKS[identifier]).CODE

    def __contains__(self, identifier: object) -> bool:
        return identifier in CHECKS

    def __iter__(self) -> Iterator[str]:
        return iter(CHECKS)

    def __len__(self) -> int:
        return len(CHECKS)


CODES: Mapping[str, Code] = _Codes()


def of_families(*families: str) -> frozenset[str]:
    """The ids of the codes of some families, such as ``references``."""
    return frozenset(code for code in CHECKS if FAMILIES[code[:4]] in families)


def modules(codes: Iterable[str]) -> list[Check]:
    """The modules of some codes, in order."""
    wanted = frozenset(codes)
    return [_module(name) for code, name in CHECKS.items() if code in wanted]


def page(identifier: str) -> str:
    """The help page of a code in Markdown: the docstring of its module below a title. Raises KeyError."""
    check = _module(CHECKS[identifier])
    return f"# {identifier} {check.CODE.name}\n\n{cleandoc(check.__doc__ or '')}\n"


def pages() -> Mapping[str, str]:
    """All help pages by code."""
    return {code: page(code) for code in CHECKS}


def _module(name: str) -> Check:
    return cast("Check", import_module(f"{__name__}.{name}"))

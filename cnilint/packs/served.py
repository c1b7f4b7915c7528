"""Custom resources in API versions that the release of their component does not serve (CNI204)."""

from collections.abc import Sequence, Set

from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef
from cnilint.packs.links import revision_link
from cnilint.packs.model import SEVERITY, Effect
from cnilint.packs.program import ProgramTable, Reading, Verdict
from cnilint.packs.settings import Setting
from cnilint.versions import Version


def unserved(
    owner: ObjectRef,
    setting: Setting,
    table: ProgramTable,
    versions: Sequence[Version],
    defined: Set[str],
) -> list[Diagnostic]:
    """The problem of an object in an API version that only other releases serve.

    ``defined`` are the kinds whose definitions the environment has itself. Then the API server accepts the object, and the
    release does not read it; one that is older than the definition may.
    """
    verdict = table.verdict(setting.name, versions[0])
    is_defined = setting.name in defined
    if verdict.release is None or (is_defined and verdict.reading is Reading.FUTURE):
        return []
    other = _other_version(setting.name, table, versions)
    effect = Effect.DEGRADED if is_defined else Effect.FATAL
    return [
        Diagnostic(
            code="CNI201" if is_defined else "CNI204",
            span=setting.span,
            message=_statement(setting.name, table.component, verdict, versions, is_defined=is_defined),
            hint=f"use `{other}`" if other else "remove the object",
            sources=(revision_link(table.source_of(verdict.release)),),
            owner=owner,
            path=setting.path,
            severity=SEVERITY[effect],
            effect=effect.value,
        )
    ]


def _statement(
    name: str, component: str, verdict: Verdict, versions: Sequence[Version], *, is_defined: bool
) -> Message:
    api_version, _, kind = name.rpartition("/")
    parts = {
        "kind": kind,
        "api_version": api_version,
        "release": str(verdict.release),
        "component": component,
        "version": " and ".join(map(str, versions)),
    }
    if verdict.reading is Reading.FUTURE:
        return Message(
            "{kind} in `{api_version}` is only served since {release} ({component} {version})", **parts
        )
    if is_defined:
        return Message(
            "{kind} in `{api_version}` is not read since {release} ({component} {version})", **parts
        )
    return Message("{kind} in `{api_version}` is not served since {release} ({component} {version})", **parts)


def _other_version(name: str, table: ProgramTable, versions: Sequence[Version]) -> str:
    """An API version in which the releases serve the kind; empty where there is none."""
    group, kind = name.partition("/")[0], name.rpartition("/")[2]
    served = (
        other.rpartition("/")[0]
        for other in table.settings
        if other.startswith(f"{group}/")
        and other.endswith(f"/{kind}")
        and all(table.verdict(other, each).reading is Reading.READ for each in versions)
    )
    return next(served, "")

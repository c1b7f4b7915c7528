"""Variables that the release of a program requires and a container does not have (CNI208)."""

from collections.abc import Iterator, Sequence

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.packs.links import revision_link
from cnilint.packs.match import fits
from cnilint.packs.model import Effect, Subject
from cnilint.packs.parts import Membership, Part
from cnilint.packs.program import ProgramTable, Reading, SettingRead, Verdict
from cnilint.packs.settings import Setting
from cnilint.versions import Version


def missing_settings(
    part: Part,
    membership: Membership,
    versions: Sequence[Version],
    tables: Sequence[ProgramTable],
    settings: Sequence[Setting],
) -> Iterator[Diagnostic]:
    """CNI208 for a variable that the program requires and a container does not have."""
    containers = [
        each for each in settings if each.subject is Subject.CONTAINER and each.name in membership.containers
    ]
    for table in tables:
        for read in table.reads:
            if read.setting is Subject.ENV and read.holds_at(versions):
                for container in containers:
                    if fits(read.containers, container.name) and container.name not in part.open_containers:
                        yield from _missing_in(part, container, table, read, versions)


def _missing_in(
    part: Part, container: Setting, table: ProgramTable, read: SettingRead, versions: Sequence[Version]
) -> Iterator[Diagnostic]:
    given = {each.name for each in part.settings if each.container == container.name}
    for written, name in table.written(read).items():
        verdicts = [table.verdict(name, version) for version in versions]
        is_required = all(verdict.run is not None and _is_required(verdict) for verdict in verdicts)
        if is_required and written not in given:
            yield Diagnostic(
                code="CNI208",
                span=container.span,
                message=Message(
                    "variable `{name}` is required ({component} {version})",
                    name=written,
                    component=table.component,
                    version=" and ".join(map(str, versions)),
                ),
                hint="set the variable",
                sources=(revision_link(table.source_near(versions[0])),),
                owner=part.owner,
                path=f"{container.path}.env",
                container=container.name,
                severity="error",
                effect=Effect.FATAL.value,
            )


def _is_required(verdict: Verdict) -> bool:
    return verdict.reading is Reading.READ and verdict.run is not None and "r" in verdict.run.marks

"""A comparison of two releases: the words that its formats share, and plain data."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from cnilint.diagnostics.span import Span
from cnilint.diagnostics.wording import quantity
from cnilint.packs.changes import Action, Change, ChangeRow, Compared, KnownBug, ReleaseComparison
from cnilint.packs.changes.actions import noun_of, within
from cnilint.packs.model import UpgradeNote
from cnilint.versions import parse_version

SCHEMA = "cnilint-changes/2"
_SAY_NOTHING = ("set", "read", "containers", "initContainers", "volumes")
_MOST_LISTED = 12
"""New settings that are listed without `--details`."""


class Item(Struct, frozen=True, kw_only=True):
    """One thing to know or do: what it is about, sentences, a link, and places in a repository."""

    head: str
    lines: tuple[str, ...] = ()
    link: str = ""
    places: tuple[str, ...] = ()
    level: str = ""


def title(comparison: ReleaseComparison) -> str:
    return f"{comparison.component} {comparison.before} to {comparison.after}"


def sentences(comparison: ReleaseComparison) -> list[str]:
    """What was compared, where that is not what the user named, and that nothing was found."""
    lines = [*_installed(comparison), *_compared(comparison)]
    if not any((comparison.rows, comparison.notes, comparison.bugs_entered, comparison.actions)):
        where = " that the manifests use" if comparison.is_of_repository else ""
        lines.append(f"Nothing{where} differs between the releases that were compared.")
    return lines


def actions(comparison: ReleaseComparison) -> list[Item]:
    """What to do before the upgrade, in order."""
    return [*_way(comparison), *map(_action, comparison.actions)]


def actions_heading(comparison: ReleaseComparison) -> str:
    if comparison.is_of_repository or not comparison.actions:
        return "Before the upgrade"
    return "Before the upgrade, wherever it is set"


def notes(comparison: ReleaseComparison) -> list[tuple[str, list[Item]]]:
    """What is different on the way: behaviour, and bugs that are known."""
    sections = [
        ("Different behaviour", [_note(note) for note in comparison.notes]),
        ("New known bugs", [_bug(bug) for bug in comparison.bugs_entered]),
        ("Fixed known bugs", [_bug(bug) for bug in comparison.bugs_left]),
    ]
    return [(heading, items) for heading, items in sections if items]


def differences(comparison: ReleaseComparison) -> list[tuple[Change, list[ChangeRow]]]:
    """The differences that no action says, by kind."""
    rest = [row for row in comparison.rows if row not in comparison.of_actions]
    groups = ((change, [row for row in rest if row.change is change]) for change in Change)
    return [(change, group) for change, group in groups if group]


def is_folded(change: Change, rows: Sequence[ChangeRow]) -> bool:
    """Whether only the number of such differences is shown unless details are wanted."""
    return change is Change.ADDED and len(rows) > _MOST_LISTED


def counts(rows: Sequence[ChangeRow]) -> str:
    """How many rows there are of each kind of setting: ``24 keys, 3 containers``."""
    numbers: dict[str, int] = {}
    for row in rows:
        kind = noun_of(row).partition(" or ")[0]
        numbers[kind] = numbers.get(kind, 0) + 1
    return ", ".join(quantity(number, kind) for kind, number in numbers.items())


def name(row: ChangeRow) -> str:
    """A setting with where it is."""
    other = [each for each in row.also if not each.endswith(f" {row.name}")]
    also = f", also {', '.join(other)}" if other else ""
    return f"{noun_of(row)} {row.name}{within(row)}{also}"


def what(row: ChangeRow) -> str:
    """What changes, with the releases that show it where they are others."""
    if row.statement:
        text = f"{row.statement}; {row.remark}" if row.remark else row.statement
    elif row.change is Change.ADDED:
        text = "" if row.after in _SAY_NOTHING else row.after
    elif row.change in (Change.GONE, Change.UNSET):
        was = "" if row.before in _SAY_NOTHING else f"was {row.before}"
        text = "; ".join(filter(None, (was, row.remark)))
    else:
        change = f"{row.before} -> {row.after}" if row.before else f"-> {row.after}"
        text = f"{change}; {row.remark}" if row.remark else change
    by = f" (by {' and '.join(dict.fromkeys(map(str, row.shown_by)))})" if row.shown_by else ""
    return (text + by).strip()


def place(span: Span) -> str:
    return f"{span.file}:{span.line}"


def as_data(comparison: ReleaseComparison) -> dict[str, object]:
    """For JSON: ``schemas/changes.schema.json``."""
    return {
        "schema": SCHEMA,
        "component": comparison.component,
        "from": str(comparison.before),
        "to": str(comparison.after),
        "compared": [_compared_data(each) for each in comparison.compared],
        "steps": list(comparison.steps),
        "tool": comparison.tool or None,
        "actions": [_action_data(action) for action in comparison.actions],
        "notes": [_note_data(note) for note in comparison.notes],
        "bugsEntered": [_bug_data(bug) for bug in comparison.bugs_entered],
        "bugsLeft": [_bug_data(bug) for bug in comparison.bugs_left],
        "changes": [_row_data(row, comparison) for row in comparison.rows],
    }


def _installed(comparison: ReleaseComparison) -> Iterable[str]:
    """What a release is that has another number than what it installs."""
    for named, release in zip(comparison.named, (comparison.before, comparison.after), strict=True):
        version = parse_version(named)
        if version is not None and version.minor != release.minor:
            yield f"{named} is {comparison.component} for {release}."


def _compared(comparison: ReleaseComparison) -> Iterable[str]:
    manifests = [each for each in comparison.compared if not each.is_program]
    programs = [each for each in comparison.compared if each.is_program]
    if not comparison.compared:
        yield "No release of this component is known: only what rules say is shown."
        return
    if not manifests:
        yield "No manifests of both releases are known: only rules and the sources of programs are compared."
    yield from (_other_releases("the manifests", each) for each in manifests if not each.is_exact)
    yield from (_other_releases(f"the source of {each.what}", each) for each in programs if not each.is_exact)


def _other_releases(what: str, compared: Compared) -> str:
    old, new = compared.releases
    if old.same_release(new):
        return f"Not compared: {what} of these releases; {old} is the nearest known to both."
    return f"Compared: {what} of {old} and {new}, the nearest known."


def _way(comparison: ReleaseComparison) -> Iterable[Item]:
    if comparison.steps:
        most = comparison.most or 1
        limit = "one minor" if most == 1 else f"{most} minors"
        yield Item(
            head=f"Install {_and(comparison.steps)} in between",
            lines=(f"An upgrade of {comparison.component} crosses {limit} at most.",),
        )
    if comparison.tool and comparison.before < comparison.after:
        yield Item(head=f"Use {comparison.tool}")


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _action(action: Action) -> Item:
    """An action; the settings after the first are named, or have their places."""
    is_shared = len(action.settings) > 1
    more = f"The same: {', '.join(action.settings[1:])}." if is_shared and not action.places else ""
    return Item(
        head=action.problem,
        lines=tuple(filter(None, (more, _sentence(action.fix)))),
        link=action.evidence,
        places=tuple(
            f"{place(span)}  {setting}" if is_shared else place(span)
            for setting, span in zip(action.settings, action.places, strict=False)
        ),
        level=action.effect or action.severity,
    )


def _sentence(fix: str) -> str:
    return f"{fix[:1].upper()}{fix[1:]}." if fix else ""


def _note(note: UpgradeNote) -> Item:
    return Item(
        head=f"{note.version}: {note.title}", lines=(note.why, note.action), link=note.evidence[0].link
    )


def _bug(bug: KnownBug) -> Item:
    rule = bug.rule
    return Item(
        head=f"{', '.join(rule.match.names)} {rule.title}",
        lines=tuple(filter(None, (rule.why, _sentence(rule.replacement)))),
        link=rule.evidence[0].link,
        places=tuple(map(place, bug.places)),
    )


def _compared_data(compared: Compared) -> dict[str, object]:
    old, new = compared.releases
    return {
        "kind": "program" if compared.is_program else "manifests",
        "name": compared.what,
        "from": str(old),
        "to": str(new),
        "exact": compared.is_exact,
    }


def _action_data(action: Action) -> dict[str, object]:
    return {
        "severity": action.severity,
        "effect": action.effect or None,
        "problem": action.problem,
        "fix": action.fix or None,
        "settings": list(action.settings),
        "rule": action.rule or None,
        "link": action.evidence or None,
        "places": _places_data(action.places),
    }


def _row_data(row: ChangeRow, comparison: ReleaseComparison) -> dict[str, object]:
    return {
        "change": row.change.value,
        "setting": row.setting,
        "scope": row.scope,
        "name": row.name,
        "also": list(row.also),
        "before": row.before,
        "after": row.after,
        "effect": row.effect or None,
        "replacement": row.remark or None,
        "rule": row.rule or None,
        "program": row.program or None,
        "link": row.evidence or None,
        "onlyIn": list(row.only_in),
        "shownBy": [str(release) for release in row.shown_by or ()],
        "isAction": row in comparison.of_actions,
        "places": _places_data(row.places),
    }


def _note_data(note: UpgradeNote) -> dict[str, object]:
    return {
        "id": note.id,
        "version": str(note.version),
        "title": note.title,
        "why": note.why,
        "action": note.action,
        "links": [each.link for each in note.evidence],
    }


def _bug_data(bug: KnownBug) -> dict[str, object]:
    return {"rule": bug.rule.id, "title": bug.rule.title, "places": _places_data(bug.places)}


def _places_data(spans: Iterable[Span]) -> list[dict[str, object]]:
    return [{"file": span.file, "line": span.line, "column": span.column} for span in spans]

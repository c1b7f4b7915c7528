"""The history as JSON: its shape is ``schemas/history.schema.json``."""

import json

from cnilint import __version__
from cnilint.history.model import (
    BrokenPeriod,
    CommitChanges,
    ConfigChange,
    ConfigHistory,
    ObjectName,
    ReferenceName,
)
from cnilint.history.wording import days, sentence
from cnilint.source.commits import GitCommit

SCHEMA = "cnilint-history/1"

_Value = str | int | None | list["_Value"] | dict[str, "_Value"]


def render(history: ConfigHistory, *, periods: bool) -> str:
    commits: dict[str, _Value] = {} if periods else {"commits": [_changes(each) for each in history.commits]}
    value: dict[str, _Value] = {
        "schema": SCHEMA,
        "tool": {"name": "cnilint", "version": __version__},
        "source": {"root": history.root, "revision": history.revision},
        "commitsRead": history.read,
        **commits,
        "broken": [_period(each) for each in history.broken],
        "notices": list(history.notices),
        "skipped": [{"file": path, "reason": reason} for path, reason in history.skipped.items()],
    }
    # Names of files need not be UTF-8.
    return json.dumps(value, indent=2).encode("utf-8", "backslashreplace").decode() + "\n"


def _changes(each: CommitChanges) -> dict[str, _Value]:
    return {**_commit(each.commit), "changes": [_change(change) for change in each.changes]}


def _commit(commit: GitCommit) -> dict[str, _Value]:
    return {
        "commit": commit.identifier,
        "author": commit.author,
        "email": commit.email,
        "date": commit.date,
        "subject": commit.subject,
        "pullRequest": commit.request or None,
    }


def _change(change: ConfigChange) -> dict[str, _Value]:
    return {
        "kind": change.kind,
        "message": sentence(change),
        "file": change.file,
        "object": _object(change.object),
        "reference": None if change.reference is None else _reference(change.reference),
        "key": change.detail if change.kind in ("key-added", "key-removed") else None,
        "movedFrom": change.detail if change.kind == "object-moved" else None,
        "component": change.detail if change.kind == "version-moved" else None,
        "before": change.before or None,
        "after": change.after or None,
        "environments": list(change.environments),
    }


def _object(name: ObjectName) -> dict[str, _Value]:
    return {"kind": name.kind, "namespace": name.namespace or None, "name": name.name}


def _reference(name: ReferenceName) -> dict[str, _Value]:
    return {
        "container": name.container,
        "form": name.form,
        "target": {**_object(name.target), "key": name.key or None},
    }


def _period(one: BrokenPeriod) -> dict[str, _Value]:
    return {
        "file": one.file,
        "object": _object(one.reference.owner),
        "reference": _reference(one.reference),
        "environments": list(one.environments),
        "brokenBy": None if one.opened is None else _commit(one.opened),
        "endedBy": None if one.closed is None else _commit(one.closed),
        "ended": one.ended or None,
        "days": days(one),
    }

"""Leftovers and their consequences in words: headlines of findings, and clauses for notes."""

from collections.abc import Callable, Mapping

from cnilint.diagnostics.model import Message, Target
from cnilint.ownership.model import Consequence, Impact, Leftover, Reader

_CLAUSES: Mapping[Consequence, str] = {
    Consequence.MISSING_KEY: "reads key `{key}`, which {object} will not have",
    Consequence.BINARY_KEY: "reads key `{key}`, which {object} has as binary data only",
    Consequence.MISSING_OBJECT: "needs {object}, which the manifests do not define",
    Consequence.READS_OLD_KEY: "still reads key `{key}` of {object}, an old setting",
    Consequence.OVERRIDES_KEY: "overrides key `{key}` that the manifest's envFrom reads from {object}",
    Consequence.OVERRIDES_OBJECT: "overrides what the container reads from {object}, or the program's default",
    Consequence.OVERRIDES_DEFAULT: "overrides the program's default with its old value",
    Consequence.SETS_VARIABLE: "still sets `{variable}` in {reader} by envFrom",
    Consequence.MOUNTED: "is still a file in a volume of {reader}",
    Consequence.KEEPS_RUNNING: "keeps running next to those of the manifest",
    Consequence.IN_NEW_PODS: "stays in every new pod",
    Consequence.IN_CONTAINER: "is still mounted in the container",
    Consequence.RECEIVES_TRAFFIC: "still receives traffic",
    Consequence.TAKES_NODE_PORT: "still takes the port on each node",
    Consequence.EXTRA_ITEM: "stays next to those of the manifest",
    Consequence.OLD_VALUE: "overrides the default with its present value",
    Consequence.UNREAD_KEY: "no workload reads it",
    Consequence.STILL_ACTS: "still {does}",
    Consequence.STILL_SELECTED: "changes what {object} selects",
    Consequence.UNUSED_METADATA: "nothing in the manifest depends on it",
}
"""What follows from a leftover, after its name."""


def clause(leftover: Leftover) -> str:
    """What a leftover does: ``overrides the program's default with its old value``."""
    impact = leftover.impact
    return _CLAUSES[impact.consequence].format(
        key=_key(impact),
        does=impact.does,
        object=target_text(impact.target) if impact.target is not None else "",
        variable=impact.reader.variable if impact.reader is not None else "",
        reader=_reader_text(impact.reader) if impact.reader is not None else "",
    )


def headline(leftover: Leftover) -> Message:
    """The message of a finding."""
    return _HEADLINES[leftover.impact.consequence](leftover)


def target_text(target: Target) -> str:
    """``ConfigMap `kube-system/agent```."""
    return f"{target.kind} `{_name(target)}`"


def _name(target: Target) -> str:
    known = target.namespace and target.namespace != "*"
    return f"{target.namespace}/{target.name}" if known else target.name


def _reader_text(reader: Reader) -> str:
    owner = f"{reader.kind} `{reader.name}`"
    return f"container `{reader.container}` of {owner}" if reader.container else owner


def _key(impact: Impact) -> str:
    return "" if impact.target is None else impact.target.key or ""


def _named(one: Leftover) -> dict[str, str]:
    return {"kind": one.field.kind.value, "name": one.field.name}


def _keyed(one: Leftover) -> dict[str, str]:
    return {**_named(one), "key": _key(one.impact)}


def _targeted(one: Leftover) -> dict[str, str]:
    target = one.impact.target
    assert target is not None
    return {**_named(one), "target_kind": target.kind, "target": target.name}


def _still_set(one: Leftover) -> dict[str, str]:
    return {**_named(one), "variable": one.impact.reader.variable if one.impact.reader is not None else ""}


_HEADLINES: Mapping[Consequence, Callable[[Leftover], Message]] = {
    Consequence.MISSING_KEY: lambda one: Message(
        "{kind} `{name}` is left behind and its key `{key}` no longer exists", **_keyed(one)
    ),
    Consequence.BINARY_KEY: lambda one: Message(
        "{kind} `{name}` is left behind and its key `{key}` is binary data", **_keyed(one)
    ),
    Consequence.MISSING_OBJECT: lambda one: Message(
        "{kind} `{name}` is left behind and its {target_kind} `{target}` is not defined", **_targeted(one)
    ),
    Consequence.READS_OLD_KEY: lambda one: Message(
        "{kind} `{name}` is left behind and still reads key `{key}`", **_keyed(one)
    ),
    Consequence.OVERRIDES_KEY: lambda one: Message(
        "{kind} `{name}` is left behind and overrides key `{key}` from envFrom", **_keyed(one)
    ),
    Consequence.OVERRIDES_OBJECT: lambda one: Message(
        "{kind} `{name}` is left behind and overrides {target_kind} `{target}` or a default", **_targeted(one)
    ),
    Consequence.OVERRIDES_DEFAULT: lambda one: Message(
        "{kind} `{name}` is left behind and overrides the program's default", **_named(one)
    ),
    Consequence.SETS_VARIABLE: lambda one: Message(
        "{kind} `{name}` is left behind and still sets variable `{variable}`", **_still_set(one)
    ),
    Consequence.MOUNTED: lambda one: Message(
        "{kind} `{name}` is left behind and still mounted as a file", **_named(one)
    ),
    Consequence.KEEPS_RUNNING: lambda one: Message(
        "{kind} `{name}` is left behind and keeps running", **_named(one)
    ),
    Consequence.IN_NEW_PODS: lambda one: Message(
        "{kind} `{name}` is left behind in every new pod", **_named(one)
    ),
    Consequence.IN_CONTAINER: lambda one: Message(
        "{kind} `{name}` is left behind and still in the container", **_named(one)
    ),
    Consequence.RECEIVES_TRAFFIC: lambda one: Message(
        "{kind} `{name}` is left behind and still receives traffic", **_named(one)
    ),
    Consequence.TAKES_NODE_PORT: lambda one: Message(
        "{kind} `{name}` is left behind and still takes the port on each node", **_named(one)
    ),
    Consequence.EXTRA_ITEM: lambda one: Message(
        "{kind} `{name}` is left behind next to those of the manifest", **_named(one)
    ),
    Consequence.OLD_VALUE: lambda one: Message(
        "{kind} `{name}` is left behind and overrides the default", **_named(one)
    ),
    Consequence.UNREAD_KEY: lambda one: Message("{kind} `{name}` is left behind, unused", **_named(one)),
    Consequence.STILL_ACTS: lambda one: Message(
        "{kind} `{name}` is left behind and still {does}", **_named(one), does=one.impact.does
    ),
    Consequence.STILL_SELECTED: lambda one: Message(
        "{kind} `{name}` is left behind and still used by {target_kind} `{target}`", **_targeted(one)
    ),
    Consequence.UNUSED_METADATA: lambda one: Message("{kind} `{name}` is left behind, unused", **_named(one)),
}

"""Every consequence of a leftover has a headline, a clause and an effect."""

import pytest

from cnilint.diagnostics.model import Target
from cnilint.document import Mapping, Place, Span, Text
from cnilint.manifest.object import Object
from cnilint.ownership.explain.values import value_pair
from cnilint.ownership.explain.wording import clause, headline
from cnilint.ownership.field_names import FieldKind, FieldName
from cnilint.ownership.inputs.live import LiveObject, RecordState
from cnilint.ownership.model import Consequence, Impact, Leftover, Reader
from cnilint.packs.model import Effect

TARGET = Target(kind="ConfigMap", namespace="net", name="settings", key="level")
READER = Reader(kind="DaemonSet", name="agent", container="main", variable="LEVEL")


def leftover(consequence: Consequence) -> Leftover:
    return Leftover(
        path=("f:data", "f:x"),
        shown="data.x",
        span=Span(file="live.yaml", line=1, column=1, end_line=1, end_column=2),
        owners=(),
        field=FieldName(FieldKind.VARIABLE, "X"),
        impact=Impact(consequence=consequence, target=TARGET, reader=READER),
    )


@pytest.mark.parametrize(
    ("consequence", "effect", "message", "note"),
    [
        (
            "MISSING_KEY",
            "FATAL",
            "and its key `level` no longer exists",
            "which ConfigMap `net/settings` will not have",
        ),
        ("BINARY_KEY", "FATAL", "and its key `level` is binary data", "as binary data only"),
        (
            "MISSING_OBJECT",
            "FATAL",
            "its ConfigMap `settings` is not defined",
            "needs ConfigMap `net/settings`",
        ),
        ("READS_OLD_KEY", "SILENT_OVERRIDE", "still reads key `level`", "an old setting"),
        ("OVERRIDES_KEY", "SILENT_OVERRIDE", "overrides key `level` from envFrom", "overrides key `level`"),
        (
            "OVERRIDES_OBJECT",
            "SILENT_OVERRIDE",
            "overrides ConfigMap `settings` or a default",
            "or the program's default",
        ),
        ("OVERRIDES_DEFAULT", "SILENT_OVERRIDE", "overrides the program's default", "with its old value"),
        (
            "SETS_VARIABLE",
            "SILENT_OVERRIDE",
            "still sets variable `LEVEL`",
            "in container `main` of DaemonSet `agent`",
        ),
        ("MOUNTED", "DEGRADED", "still mounted as a file", "in a volume of container `main`"),
        ("KEEPS_RUNNING", "DEGRADED", "keeps running", "next to those of the manifest"),
        ("IN_NEW_PODS", "DEGRADED", "in every new pod", "in every new pod"),
        ("EXTRA_ITEM", "DEGRADED", "next to those of the manifest", "next to those"),
        (
            "OLD_VALUE",
            "SILENT_OVERRIDE",
            "overrides the default",
            "overrides the default with its present value",
        ),
        ("UNREAD_KEY", "IGNORED", "is left behind, unused", "no workload reads it"),
        ("UNUSED_METADATA", "IGNORED", "is left behind, unused", "nothing in the manifest depends on it"),
    ],
)
def test_a_consequence_in_words(consequence: str, effect: str, message: str, note: str) -> None:
    left = leftover(Consequence[consequence])
    assert left.effect is Effect[effect]
    assert str(headline(left)).startswith("variable `X` is left behind")
    assert message in str(headline(left))
    assert note in clause(left)


def test_every_consequence_is_in_the_tables() -> None:
    for consequence in Consequence:
        assert str(headline(leftover(consequence)))
        assert clause(leftover(consequence))


def test_names_are_arguments_of_the_message() -> None:
    made = headline(leftover(Consequence.MISSING_KEY))
    assert made.arguments == {"kind": "variable", "name": "X", "key": "level"}


@pytest.mark.parametrize(("old", "new"), [("a" * 50, "a" * 50 + "b"), ("x" + "a" * 50, "y" + "a" * 50)])
def test_two_long_values_are_cut_where_they_differ(old: str, new: str) -> None:
    obj = Object(
        api_version="v1",
        kind="ConfigMap",
        namespace="net",
        name="m",
        node=Mapping(Text(""), Place(0, 0, 0), Place(0, 0, 0)),
        span=Span(file="live.yaml", line=1, column=1, end_line=1, end_column=2),
    )
    live = LiveObject(obj=obj, value={}, record=RecordState.READ)
    texts = value_pair(live, ("f:data", "f:level"), old, new)
    assert texts[0] != texts[1]

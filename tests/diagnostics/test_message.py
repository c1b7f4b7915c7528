"""Messages: a template and its arguments, equal and hashable by both."""

import pickle

import pytest

from cnilint.diagnostics.model import Message


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (Message("no arguments"), "no arguments"),
        (Message("key `{key}` not found", key="LEVEL"), "key `LEVEL` not found"),
        (Message("key `{key}` not found", key="{0} {key} `x`"), "key `{0} {key} `x`` not found"),
        (Message("{{braces}} and `{name}`", name="a"), "{braces} and `a`"),
    ],
)
def test_text(message: Message, text: str) -> None:
    assert str(message) == text


def test_equal_by_template_and_arguments() -> None:
    one, other = Message("{a} {b}", a="1", b="2"), Message("{a} {b}", b="2", a="1")
    assert one == other
    assert hash(one) == hash(other)
    assert one != Message("{a} {b}", a="2", b="1")
    assert Message("{a}", a="x") != Message("{b}", b="x")
    assert one != "1 2"


def test_survives_the_way_between_processes() -> None:
    message = Message("key `{key}` not found", key="LEVEL")
    assert pickle.loads(pickle.dumps(message)) == message

"""Whatever the bytes are: nothing is raised, every value can be had, every place lies in the text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cnilint.document import Scalar, plain, read, walk
from cnilint.manifest.object import objects, refusal
from tests.document.random_texts import text as random_text

_MEANINGFUL = st.sampled_from(
    [
        *"{}[],:?-&*!|>'\"%@`#~<.=\\ \n\t\r\0",
        "\ufeff",
        "\x85",
        "\u2028",
        "😀",
        "kind: T\n",
        "---\n",
        "...\n",
        "<<: *a",
        "&a ",
    ]
)
_TEXTS = st.lists(_MEANINGFUL | st.text(max_size=3), max_size=30).map("".join)


def _read_all(data: bytes) -> None:
    lines = (
        data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace").count("\n")
        + 1
    )
    for document in read("f", data, everything=True):
        found = list(objects(document))
        assert not found or refusal(document) is None
        for fault in (document.broken, *document.diagnostics):
            assert fault is None or 1 <= fault.span.line <= lines
        if document.root is None:
            continue
        plain(document.root)
        for node in walk(document.root):
            assert 1 <= node.span.line <= node.span.end_line <= lines + 1
            assert node.span.column >= 1
            if isinstance(node, Scalar):
                assert node.string is None or node.string == node.data


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes(data: bytes) -> None:
    _read_all(data)


@settings(deadline=None)
@given(_TEXTS)
def test_texts(text: str) -> None:
    _read_all(text.encode("utf-8", "surrogatepass"))


@settings(deadline=None)
@given(_TEXTS)
def test_json(text: str) -> None:
    _read_all(('{"kind": "T", "a": ' + text).encode("utf-8", "surrogatepass"))


@settings(deadline=None)
@given(_TEXTS, st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_utf_16(text: str, encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b"\xfe\xff"
    _read_all(mark + text.encode(encoding, "surrogatepass"))


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 400), st.binary(max_size=3))
def test_damaged_manifests(seed: int, place: int, damage: bytes) -> None:
    data = random_text(seed)
    _read_all(data[:place] + damage + data[place + 1 :])

"""The parameters of an ApplicationSet's generators, and the work that a hostile one takes."""

from cnilint.document import Node, child, read
from cnilint.gitops import applicationset
from cnilint.gitops.applicationset import parameters


def generators(text: str) -> Node | None:
    (document,) = read("set.yaml", text.encode(), everything=True)
    return child(document.root, "generators")


def merge(keys: str, *lists: str) -> str:
    inner = "".join(f"    - list: {{elements: [{elements}]}}\n" for elements in lists)
    return f"generators:\n- merge:\n    mergeKeys: [{keys}]\n    generators:\n{inner}"


def test_a_set_without_a_merge_key_may_override_every_other() -> None:
    found = parameters(generators(merge("a, b", "{a: x, b: one}, {a: x, b: two}", "{b: one, c: y}")))
    assert found == [{"a": "x", "b": "one"}, {"a": "x", "b": "one", "c": "y"}, {"a": "x", "b": "two"}]


def test_the_work_of_a_merge_is_bounded() -> None:
    """Without a bound each set of one list is compared with each of the other: a file of 600 KB takes minutes."""
    count = 3000
    one = ", ".join(f"{{a: x{number}, b: x{number}}}" for number in range(count))
    other = ", ".join(f"{{b: y{number}}}" for number in range(count))
    merged = applicationset._Merge.of([{"b": "y"}] * count, ["a", "b"])
    for _ in range(count):
        assert len(list(merged.of_base({"a": "x", "b": "x"}))) == 1
    assert merged.left == 0
    assert len(parameters(generators(merge("a, b", one, other)))) == count

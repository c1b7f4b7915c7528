"""Files that list releases: which they are, and what a release is read as."""

import pytest

from cnilint.document import read, string
from cnilint.extract.releasefiles import release_file, releases_in

TEXT = """\
releases:
- {name: web, namespace: shop, chart: repo/web}
- {name: own, chart: ../charts/own}
- {name: out, chart: ../../out}
- {chart: nameless}
- other
"""


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("helmfile.yaml", True),
        ("a/b/helmfile.yml", True),
        ("a/helmfile.d/one.yaml", True),
        ("a/helmfile.d/one/two.yaml", False),
        ("my-helmfile.yaml", False),
        ("values.yaml", False),
    ],
)
def test_files(path: str, known: bool) -> None:
    assert (release_file(path) is not None) is known


def test_releases() -> None:
    known = release_file("a/helmfile.yaml")
    assert known is not None
    (document,) = read("a/helmfile.yaml", TEXT.encode(), everything=True)
    assert [
        (each.name, each.namespace, string(each.node, "folder"), each.generated)
        for each in releases_in(document, known)
    ] == [("web", "shop", None, True), ("own", None, "charts/own", True), ("out", None, None, True)]

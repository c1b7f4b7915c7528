"""Bad input: a finding or a clear error with its place, never a traceback, never a Secret's value."""

import json
import random
from pathlib import Path

import pytest

from cnilint.errors import UsageError
from tests.ownership.conftest import codes, report, run

OBJECT = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "m", "namespace": "n"},
    "data": {"a": "1"},
}


def dump(folder: Path, value: object) -> str:
    path = folder / "live.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def with_record(record: object, **members: object) -> dict[str, object]:
    return {**OBJECT, "metadata": {**OBJECT["metadata"], "managedFields": record}, **members}


def entry(**changes: object) -> dict[str, object]:
    whole = {
        "manager": "x",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {"f:a": {}}},
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "record",
    [
        "text",
        {"a": 1},
        ["text"],
        [entry(operation="Patch")],
        [entry(operation=None)],
        [entry(apiVersion="")],
        [entry(fieldsType="FieldsV2")],
        [entry(fieldsType=None)],
        [entry(fieldsV1={"data": {}})],
        [entry(fieldsV1={"f:data": "x"})],
        [entry(fieldsV1={"k:{": {}})],
        [entry(fieldsV1={"f": {}})],
        [entry(fieldsV1=[1])],
        [entry(), entry(fieldsV1={"i:x": {}})],
        [entry(), 7],
    ],
)
def test_a_record_that_cannot_be_decoded_is_said_with_its_place(tmp_path: Path, record: object) -> None:
    found = report(dump(tmp_path, with_record(record)))
    assert codes(found) == ["CNI306"]
    assert "cannot be decoded" in found["findings"][0]["message"]
    assert found["findings"][0]["line"] == 1
    assert found["findings"][0]["column"] > 1


def test_every_malformed_set_of_the_vectors_is_said(shared: Path, tmp_path: Path) -> None:
    """What the decoder of the API server refuses is a finding here, or a fault of the text with its place."""
    vectors = json.loads((shared / "ssa" / "vectors" / "smd-fieldpath-serialize.json").read_text())
    malformed = [audit["in_text"] for audit in vectors["cases"] if audit["kind"] == "parse-error"]
    assert len(malformed) > 30
    for text in malformed:
        whole = json.dumps(with_record([entry(fieldsV1="SET")])).replace('"SET"', text)
        found = report(dump(tmp_path, whole))
        assert set(codes(found)) & {"CNI306", "CNI901"}, text


def test_every_prefix_of_a_dump_is_read_or_refused(shared: Path, tmp_path: Path) -> None:
    text = (shared / "live" / "incident-b2-live.yaml").read_text()
    chance = random.Random(7)
    for end in sorted(chance.randrange(len(text)) for _ in range(25)):
        result = run(dump_yaml(tmp_path, text[:end]))
        assert result.exit_code in (0, 1)


def dump_yaml(folder: Path, text: str) -> str:
    path = folder / "live.yaml"
    path.write_text(text)
    return str(path)


def test_a_truncated_dump_is_said_with_its_place(tmp_path: Path) -> None:
    found = report(dump(tmp_path, json.dumps(OBJECT)[:-5]))
    assert codes(found) == ["CNI901"]
    assert found["findings"][0]["column"] > 1


@pytest.mark.parametrize("place", ["metadata", "spec", "data", "status"])
@pytest.mark.parametrize(
    "value", [None, 1, True, "x", [], [1], {}, {"a": None}, [[{}]], {"containers": [1, None, {}]}]
)
def test_wrong_types_anywhere(tmp_path: Path, place: str, value: object) -> None:
    desired = tmp_path / "desired"
    desired.mkdir()
    for kind, version in (("ConfigMap", "v1"), ("DaemonSet", "apps/v1"), ("Widget", "example.org/v1")):
        one = {**with_record([entry(apiVersion=version)]), "kind": kind, "apiVersion": version, place: value}
        wanted = {**OBJECT, "kind": kind, "apiVersion": version}
        (desired / "m.json").write_text(json.dumps(wanted))
        result = run(dump(tmp_path, one), "--desired", str(desired), "--applier", "istioctl", "--tree")
        assert result.exit_code in (0, 1)
        (desired / "m.json").write_text(json.dumps({**wanted, place: value}))
        live = {**with_record([entry(apiVersion=version)]), "kind": kind, "apiVersion": version}
        result = run(dump(tmp_path, live), "--desired", str(desired), "--applier", "istioctl")
        assert result.exit_code in (0, 1)


def test_mutilated_dumps(shared: Path, tmp_path: Path) -> None:
    """Random values put in random places of a recorded object and of its manifest."""
    from cnilint.document import plain, read

    def load(name: str) -> object:
        (root,) = [one.root for one in read(name, (shared / "live" / name).read_bytes()) if one.root]
        return plain(root)

    live, manifest = load("incident-b4-live.yaml"), load("incident-manifest-1.24.2.yaml")
    chance = random.Random(20)
    desired = tmp_path / "desired"
    desired.mkdir()
    for _ in range(120):
        one, other, old = (json.loads(json.dumps(each)) for each in (live, manifest, manifest))
        for _ in range(chance.randint(1, 4)):
            _mutilate(chance, chance.choice((one, other, old)))
        (desired / "m.json").write_text(json.dumps(other))
        (tmp_path / "old.json").write_text(json.dumps(old))
        tool = chance.choice(
            ("istioctl", "kubectl", "flux", "argocd", "helm", "helm-3", "kubectl-client-side")
        )
        previous = ("--previous", str(tmp_path / "old.json")) if tool == "helm-3" else ()
        result = run(dump(tmp_path, one), "--desired", str(desired), "--applier", tool, *previous)
        assert result.exit_code in (0, 1)


def _mutilate(chance: random.Random, value: object) -> None:
    for _ in range(chance.randint(1, 12)):
        below = [child for child in _children(value) if isinstance(child, dict | list) and child]
        if not below:
            break
        value = chance.choice(below)
    junk = chance.choice(
        [
            None,
            0,
            -1.5,
            True,
            "",
            "x",
            [],
            {},
            [None],
            [[]],
            {"": None},
            {"name": 3},
            [{"name": "a"}, {"name": "a"}],
        ]
    )
    if isinstance(value, dict) and value:
        value[chance.choice(list(value))] = junk
    elif isinstance(value, list) and value:
        if chance.random() < 0.5:
            value[chance.randrange(len(value))] = junk
        else:
            value.append(json.loads(json.dumps(chance.choice(value))))


def _children(value: object) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []


def test_duplicate_list_keys_in_the_manifest_are_refused_as_the_server_does(tmp_path: Path) -> None:
    pod = {"containers": [{"name": "c", "image": "i"}, {"name": "c", "image": "j"}]}
    template = {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod},
    }
    wanted = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": OBJECT["metadata"], "spec": template}
    desired = tmp_path / "m.json"
    desired.write_text(json.dumps(wanted))
    live = {**wanted, "metadata": with_record([entry(apiVersion="apps/v1")])["metadata"]}
    live = json.loads(json.dumps(live))
    live["spec"]["template"]["spec"]["containers"].pop()
    found = report(dump(tmp_path, live), "--desired", str(desired), "--manager", "x")
    (refused,) = (one for one in found["findings"] if one["code"] == "CNI307")
    assert "duplicate entries for key" in refused["message"]


COPIED = "remove what a copy of a live object has from the manifest: managedFields, resourceVersion and uid"


@pytest.mark.parametrize("copied", [{"managedFields": []}, {"resourceVersion": "66"}, {"uid": "b"}])
def test_a_manifest_that_was_copied_from_the_cluster(tmp_path: Path, copied: dict[str, object]) -> None:
    metadata = {**OBJECT["metadata"], "resourceVersion": "67", "uid": "a"}
    record = with_record([entry(manager="x")])["metadata"]["managedFields"]
    live = {**OBJECT, "metadata": {**metadata, "managedFields": record}}
    desired = tmp_path / "m.json"
    desired.write_text(json.dumps({**OBJECT, "metadata": {**OBJECT["metadata"], **copied}}))
    found = report(dump(tmp_path, live), "--desired", str(desired), "--manager", "x")
    (refused,) = (one for one in found["findings"] if one["code"] == "CNI307")
    assert refused["hint"] == COPIED


def test_deep_nesting_is_refused_with_its_place(tmp_path: Path) -> None:
    deep: object = "x"
    for _ in range(400):
        deep = {"a": deep}
    found = report(dump(tmp_path, {**OBJECT, "spec": deep}))
    assert codes(found) == ["CNI902"]


@pytest.mark.parametrize("form", ["text", "concise", "json", "sarif", "github", "html"])
def test_no_value_of_a_secret_is_shown(tmp_path: Path, form: str) -> None:
    secret = {
        **with_record(
            [entry(), entry(manager="kubectl-edit", operation="Update", fieldsV1={"f:data": {"f:b": {}}})]
        ),
        "kind": "Secret",
        "data": {"a": "c2VjcmV0LW9uZQ==", "b": "c2VjcmV0LXR3bw=="},
    }
    secret["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"c2VjcmV0LW9uZQ=="}}'
    }
    lines = json.dumps(secret, indent=1)
    desired = tmp_path / "m.json"
    desired.write_text(json.dumps({**OBJECT, "kind": "Secret", "data": {"a": "b3RoZXI="}}))
    for live in (lines, json.dumps(secret)):
        path = tmp_path / "live.json"
        path.write_text(live)
        result = run(
            str(path), "--desired", str(desired), "--manager", "x", "--force", "--tree", "--format", form
        )
        assert result.exit_code in (0, 1)
        assert "CNI301" in result.stdout
        for value in ("c2VjcmV0", "b3RoZXI"):
            assert value not in result.stdout


def test_an_empty_dump_never_looks_like_success(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing was checked"):
        run(dump(tmp_path, ""))
    result = run(dump(tmp_path, ""), "--allow-empty")
    assert result.exit_code == 0
    assert "Nothing was checked" in result.stdout


def test_a_list_inside_a_dump_of_twenty_megabytes(tmp_path: Path) -> None:
    one = with_record([entry()], data={"a": "x" * 2_000})
    items = [{**one, "metadata": {**one["metadata"], "name": f"m{number}"}} for number in range(9_000)]
    path = dump(tmp_path, {"apiVersion": "v1", "kind": "List", "items": items})
    assert Path(path).stat().st_size > 20_000_000
    found = report(path)
    assert found["ownership"]["objects"] == 9_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.yaml"], "cannot read `missing.yaml`"),
        ([".", "--desired", "missing"], "no file or folder 'missing'"),
        (["live.json", "--kube-version", "two"], "--kube-version"),
        (["live.json", "--applier", "nobody"], "Invalid value for '--applier'"),
        ([], "Missing argument"),
    ],
)
def test_bad_usage_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    import subprocess
    import sys

    dump(tmp_path, OBJECT)
    result = subprocess.run(
        [sys.executable, "-m", "cnilint", "ownership", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr

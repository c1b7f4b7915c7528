"""The last release of a package: where it is found, how it is unpacked, and what is refused."""

import gzip
import json
import zlib
from base64 import b64encode

import pytest

from cnilint.cluster.connect import connect
from cnilint.cluster.model import ReleaseName
from cnilint.cluster.releases import ReadReleases, read_releases, release_of, unpacked_manifest
from tests.cluster.conftest import QUICK, Answer, Fake, Reply, Request

MANIFEST = "---\n# Source: r/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
NAME = ReleaseName("apps", "r")
PATH = "/api/v1/namespaces/apps/secrets"


def packed(value: object) -> str:
    """A release as a Secret has it."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return b64encode(b64encode(gzip.compress(data, mtime=0))).decode()


def secret(release: str, kind: str = "helm.sh/release.v1") -> dict[str, object]:
    return {"kind": "Secret", "type": kind, "data": {"release": release}}


def row(version: int, status: str) -> dict[str, object]:
    labels = {"owner": "helm", "name": "r", "version": str(version), "status": status}
    return {
        "cells": [],
        "object": {"metadata": {"name": f"sh.helm.release.v1.r.v{version}", "labels": labels}},
    }


def answering(*rows: dict[str, object], value: object) -> Answer:
    def answer(request: Request) -> Reply:
        if request.path == PATH:
            assert request.query["labelSelector"] == "owner=helm,name=r"
            assert "as=Table" in request.headers["accept"]
            return Reply({"kind": "Table", "rows": list(rows)})
        return value if isinstance(value, Reply) else Reply(value)

    return answer


def read(fake: Fake) -> ReadReleases:
    with connect(None, QUICK) as client:
        return read_releases(client, [NAME])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, "superseded"), (2, "deployed")], 2),
        ([(9, "superseded"), (10, "deployed"), (11, "failed")], 10),
        ([(2, "failed"), (1, "failed")], 2),
    ],
)
def test_the_last_deployed_revision(fake: Fake, rows: list[tuple[int, str]], expected: int) -> None:
    fake.answer = answering(
        *(row(*each) for each in rows),
        value=secret(packed({"manifest": MANIFEST, "config": {"password": "x"}})),
    )
    assert read(fake) == ReadReleases(manifests={NAME: MANIFEST})
    assert fake.requests[-1].path == f"{PATH}/sh.helm.release.v1.r.v{expected}"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda request: Reply(status=403), "`list` on `secrets` in namespace `apps` is forbidden"),
        (
            answering(row(1, "deployed"), value=Reply(status=403)),
            "`get` on `secrets` in namespace `apps` is forbidden",
        ),
        (answering(value={}), "its Secret is not there"),
        (
            answering(row(1, "deployed"), value=secret(packed({"manifest": 1}))),
            "its Secret does not have the form of a release",
        ),
        (
            answering(row(1, "deployed"), value=secret(packed({"manifest": MANIFEST}), "Opaque")),
            "its Secret does not have the form of a release",
        ),
    ],
)
def test_what_cannot_be_read_is_named(fake: Fake, answer: Answer, why: str) -> None:
    fake.answer = answer
    assert read(fake) == ReadReleases(
        manifests={}, notices=(f"not read: the release `r` in namespace `apps`, because {why}",)
    )


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnilint.cluster.releases._MAX_SIZE", 10_000)
    assert unpacked_manifest(secret(packed({"manifest": "x" * 9_000}))) == "x" * 9_000
    assert unpacked_manifest(secret(packed({"manifest": "x" * 10_000}))) is None


@pytest.mark.parametrize(
    "release",
    [
        "",
        "!",
        b64encode(b"!").decode(),
        b64encode(b64encode(b"not gzip")).decode(),
        b64encode(b64encode(zlib.compress(b"{}"))).decode(),
        b64encode(b64encode(gzip.compress(b"{}", mtime=0)[:-9])).decode(),
        packed(b"not json"),
        packed(b"[" * 100_000),
        packed([]),
    ],
)
def test_what_is_no_release(release: str) -> None:
    assert unpacked_manifest(secret(release)) is None


def test_the_release_of_an_object() -> None:
    names = {"meta.helm.sh/release-name": "r", "meta.helm.sh/release-namespace": "apps"}
    assert release_of({"metadata": {"annotations": names}}) == NAME
    assert release_of({"metadata": {"annotations": {"meta.helm.sh/release-name": "r"}}}) is None
    assert release_of({}) is None

"""Moving ownership from one writer to another."""

import pytest

from cnilint.ssa.appliers.migrate import absorb, upgrade_client_side
from cnilint.ssa.managedfields.entries import APPLY, UPDATE, ManagedFieldsEntry


def entry(
    manager: str, operation: str, *fields: str, version: str = "v1", sub: str = ""
) -> ManagedFieldsEntry:
    return ManagedFieldsEntry(
        manager=manager,
        operation=operation,
        api_version=version,
        fields={f"f:{name}": {} for name in fields},
        subresource=sub,
    )


def shown(entries: list[ManagedFieldsEntry]) -> list[str]:
    return [f"{one.identity.text}@{one.api_version}:{''.join(one.fields)}" for one in entries]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([entry("csa", UPDATE, "a")], ["new/Apply@v1:f:a"]),
        ([entry("new", APPLY, "a"), entry("csa", UPDATE, "b")], ["new/Apply@v1:f:af:b"]),
        ([entry("new", APPLY, "a"), entry("csa", UPDATE, "b", version="v2")], ["new/Apply@v1:f:a"]),
        ([entry("csa", UPDATE, "a"), entry("csa", UPDATE, "b", version="v2")], ["new/Apply@v1:f:a"]),
        ([entry("other", UPDATE, "a")], ["other/Update@v1:f:a"]),
        ([entry("csa", UPDATE, "a", sub="status")], ["csa/Update/status@v1:f:a"]),
        ([entry("csa", APPLY, "a")], ["csa/Apply@v1:f:a"]),
    ],
)
def test_upgrade_as_csaupgrade_does(entries: list[ManagedFieldsEntry], expected: list[str]) -> None:
    assert shown(upgrade_client_side(entries, ["csa"], "new")) == expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([entry("old", UPDATE, "a")], ["new/Apply@v9:f:a"]),
        ([entry("old", UPDATE, "a", version="v2"), entry("new", APPLY, "b")], ["new/Apply@v1:f:bf:a"]),
        ([entry("old", UPDATE, "a", sub="status")], ["old/Update/status@v1:f:a"]),
        ([entry("other", UPDATE, "a")], ["other/Update@v1:f:a"]),
        (
            [entry("old", UPDATE, "a"), entry("old", APPLY, "b"), entry("other", UPDATE, "c")],
            ["other/Update@v1:f:c", "new/Apply@v9:f:af:b"],
        ),
    ],
)
def test_absorb_takes_every_version(entries: list[ManagedFieldsEntry], expected: list[str]) -> None:
    assert shown(absorb(entries, lambda one: one.manager == "old", "new", "v9")) == expected

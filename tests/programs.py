"""The real programs that tests ask: where each is, and the skip of a test that lacks one, with how to get it."""

import shutil

import pytest

from tests.conftest import ROOT

BUILT = ROOT / ".cache" / "bin"
"""Where ``make`` puts the programs that it builds."""

_HOW = {
    "act": "'make runners' builds it",
    "actionlint": "'make workflows' builds it",
    "etcd": "'make kube-apiserver' builds it",
    "gitlab-ci-local": "'make runners' installs it",
    "go": "https://go.dev/dl has it",
    "helm": "https://helm.sh has it",
    "kube-apiserver": "'make kube-apiserver' builds it",
    "kubectl": "'make kubectl' builds it",
    "zizmor": "'make workflows' installs it",
}
"""How a program is got; others are packages of the system."""


def program(name: str) -> str | None:
    """The path of a program: one that ``make`` built, or one of the PATH; None where there is neither."""
    built = BUILT / name
    return str(built) if built.exists() else shutil.which(name)


def needs(*names: str) -> pytest.MarkDecorator:
    """Skips a test where a program is missing, and says how to get it. Nothing replaces it: the test compares with it."""
    return _skipped(missing(*names))


def needs_on_path(*names: str) -> pytest.MarkDecorator:
    """As ``needs``, for a test in which cnilint itself looks for the program."""
    return _skipped([_told(name) for name in names if shutil.which(name) is None])


def missing(*names: str) -> list[str]:
    """The programs that are not there, each with how to get it."""
    return [_told(name) for name in names if program(name) is None]


def _told(name: str) -> str:
    return f"{name} ({_HOW.get(name, 'a package of the system')})"


def _skipped(told: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.skipif(bool(told), reason=f"needs {', '.join(told)}")

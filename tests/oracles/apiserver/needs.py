"""Skips tests of a real API server where its programs are not at hand."""

import pytest

from tests.oracles.apiserver.server import binary


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skips a test where a program is missing, and says how to get it: they take many minutes to build."""
    missing = [name for name in programs if binary(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}: see 'make kube-apiserver'")

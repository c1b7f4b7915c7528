"""What the program prints about errors of its own."""

from types import SimpleNamespace
from typing import cast

import pytest

from cnilint.cli import main


def test_an_error_that_python_only_prints_has_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    raised = SimpleNamespace(exc_value=ValueError("the value of a Secret"))
    main._say_ignored(cast("main.sys.UnraisableHookArgs", raised))
    printed = capsys.readouterr().err
    assert "ValueError" in printed
    assert "Secret" not in printed

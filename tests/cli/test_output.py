"""Exit codes, the progress line, and dumps that are named on the command line."""

import io
from pathlib import Path

import pytest

from cnilint.cli.dumps import read_dumps
from cnilint.cli.output import ExitCode, exit_code, lines_of
from cnilint.cli.progress import progress
from cnilint.errors import UsageError
from cnilint.reading import Unreadable
from tests.cli.test_check import POD, SETTINGS
from tests.conftest import check_text
from tests.platforms import make_pipe


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("settings", "fail_on", "expected"),
    [
        ("level", "note", ExitCode.CLEAN),
        ("other", "note", ExitCode.FINDINGS),
        ("other", "warning", ExitCode.FINDINGS),
        ("other", "error", ExitCode.FINDINGS),
        ("other", "never", ExitCode.CLEAN),
    ],
)
def test_exit_code(settings: str, fail_on: str, expected: ExitCode) -> None:
    assert exit_code(fail_on, check_text(f"{POD}---\n{SETTINGS % settings}")) is expected


def test_a_warning_is_below_an_error() -> None:
    report = check_text(POD)
    assert [finding.severity for finding in report.findings] == ["warning"]
    assert exit_code("error", report) is ExitCode.CLEAN
    assert exit_code("warning", report) is ExitCode.FINDINGS


def test_exit_codes_are_those_of_the_contract() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 129, 130, 143]


def test_no_progress_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with progress(quiet=False) as draw:
        assert draw is None


def test_no_progress_with_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    with progress(quiet=True) as draw:
        assert draw is None


def test_progress_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress(quiet=False) as draw:
        assert draw is not None
        draw(1, 4)
        assert terminal.getvalue() == ""
        monkeypatch.setattr("time.monotonic", lambda: float("inf"))
    with progress(quiet=False) as draw:
        assert draw is not None
        draw(1, 0)
        assert terminal.getvalue() == ""
        draw(1, 2)
        assert terminal.getvalue() == "\rReading files [" + "#" * 15 + "." * 15 + "] 1/2"
    assert terminal.getvalue().endswith("\r\x1b[K")
    with progress(quiet=False, of="commits") as draw:
        assert draw is not None
        draw(1, 2)
    assert "\rReading commits [" in terminal.getvalue()


def test_lines_of_what_cannot_be_read() -> None:
    def read(path: str) -> bytes | None:
        if path == "bad":
            raise Unreadable("it is a folder")
        return b"a\nb" if path == "good" else None

    lines = lines_of(read)
    assert [list(lines(name)) for name in ("good", "bad", "none")] == [["a", "b"], [], []]


def test_dumps_are_named_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    (root / "live").mkdir(parents=True)
    (root / "live" / "b.yaml").write_text("b")
    (root / "live" / "a.json").write_text("a")
    (root / "live" / "notes.txt").write_text("")
    (tmp_path / "outside.yaml").write_text("c")
    monkeypatch.chdir(root)
    assert read_dumps(["live", "../outside.yaml"], root) == {
        "live/a.json": b"a",
        "live/b.yaml": b"b",
        "../outside.yaml": b"c",
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.yaml", "cannot read `missing.yaml`: no such file"),
        ("pipe.yaml", "cannot read `pipe.yaml`: not a regular file"),
        ("huge.yaml", "cannot read `huge.yaml`: file has 200 MiB"),
    ],
)
def test_a_dump_that_cannot_be_read(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_pipe(tmp_path / "pipe.yaml")
    with Path("huge.yaml").open("wb") as huge:
        huge.truncate(200 * 1024 * 1024)
    with pytest.raises(UsageError, match=message):
        read_dumps([name], tmp_path)

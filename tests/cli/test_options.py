"""Options, the settings that they fill, and what the command line imports."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import click
import pytest
from click.testing import CliRunner
from msgspec import NODEFAULT

from cnilint.analysis.settings import (
    AnalysisSettings,
    AuditSettings,
    CacheSettings,
    ClusterSettings,
    PolicySettings,
    SyncSettings,
)
from cnilint.cli.command import LazyChoice, LazyGroup, SectionCommand, SectionOption
from cnilint.cli.decorators import into, option, options
from cnilint.cli.main import cli
from cnilint.cli.output import OutputSettings
from cnilint.cli.refs import ReferenceSelection
from cnilint.errors import UsageError
from cnilint.versions import Version
from tests.conftest import ROOT

RECORDS = {
    "check": (AnalysisSettings, CacheSettings, ClusterSettings, PolicySettings, OutputSettings),
    "diff": (AnalysisSettings, CacheSettings, ClusterSettings, PolicySettings, OutputSettings),
    "baseline": (AnalysisSettings, CacheSettings, ClusterSettings, PolicySettings),
    "refs": (AnalysisSettings, CacheSettings, ClusterSettings, ReferenceSelection),
    "gate": (AnalysisSettings, ClusterSettings, PolicySettings, OutputSettings),
    "pre-commit": (AnalysisSettings, CacheSettings, PolicySettings, OutputSettings),
    "ownership": (AuditSettings, ClusterSettings, PolicySettings, OutputSettings),
    "cache info": (CacheSettings,),
    "cache clear": (CacheSettings,),
    "history": (CacheSettings,),
    "presync": (AuditSettings, ClusterSettings, SyncSettings, PolicySettings, OutputSettings),
}
LATE = {"Version": Version}
"""What annotations name and the command line does not import."""
ELSEWHERE = {"config", "cluster"}
"""Fields that a command adds itself."""


def commands(group: click.Group = cli, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(commands())
PARAMS = [
    pytest.param(name, param, id=f"{name} {param.opts[0]}")
    for name, command in COMMANDS.items()
    for param in command.params
]


def annotations(name: str) -> dict[str, object]:
    """The annotation of every value that a command takes: its own, and the fields of its settings."""
    function = COMMANDS[name].callback
    own = get_type_hints(getattr(function, "__wrapped__", function), localns=LATE)
    found = {parameter: hint for parameter, hint in own.items() if hint not in RECORDS.get(name, ())}
    for record in RECORDS.get(name, ()):
        found |= get_type_hints(record, localns=LATE)
    return found


def given(param: click.Parameter) -> object:
    """The type of the values that click makes of an option or argument."""
    if param.callback is not None:
        return get_type_hints(param.callback, localns=LATE)["return"]
    one = one_value(param.type)
    if param.multiple if isinstance(param, click.Option) else param.nargs != 1:
        return tuple[one, ...]
    is_flag = isinstance(param, click.Option) and param.is_flag
    with_value = param.required or is_flag or isinstance(param.default, str | int)
    return one if with_value else one | None


def one_value(kind: click.ParamType) -> Any:
    if isinstance(kind, click.Path):
        return kind.type or str
    if isinstance(kind, click.types.BoolParamType):
        return bool
    if isinstance(kind, click.types.IntParamType):
        return int
    assert isinstance(kind, click.types.StringParamType | click.Choice | LazyChoice), kind
    return str


@pytest.mark.parametrize(("name", "param"), PARAMS)
def test_the_type_of_an_option_is_the_annotation_of_what_it_fills(name: str, param: click.Parameter) -> None:
    assert annotations(name)[param.name] == given(param)


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_of_the_settings_has_an_option_or_a_default(name: str) -> None:
    taken = {param.name for param in COMMANDS[name].params} | ELSEWHERE
    for record in RECORDS[name]:
        defaults = record.__struct_defaults__
        with_default = record.__struct_fields__[-len(defaults) :] if defaults else ()
        optional = {
            name for name, default in zip(with_default, defaults, strict=True) if default is not NODEFAULT
        }
        for name_of_field in record.__struct_fields__:
            assert name_of_field in taken | optional, f"{record.__name__}.{name_of_field}"


@pytest.mark.parametrize("name", COMMANDS)
def test_no_value_is_dropped(name: str) -> None:
    assert {param.name for param in COMMANDS[name].params} <= annotations(name).keys()


def test_settings_do_not_share_names() -> None:
    for records in RECORDS.values():
        names = Counter(name for record in records for name in record.__struct_fields__)
        assert [name for name, count in names.items() if count > 1] == []


def declared() -> Iterator[str]:
    """The long names in all calls that declare an option."""
    for path in (ROOT / "cnilint" / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("option"):
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and str(argument.value).startswith("--"):
                        yield str(argument.value)


def test_an_option_is_declared_once() -> None:
    counts = Counter(declared())
    assert len(counts) > 20
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_an_option_once(name: str) -> None:
    counts = Counter(text for param in COMMANDS[name].params for text in param.opts)
    assert [text for text, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(("name", "param"), PARAMS)
def test_options_are_explained(name: str, param: click.Parameter) -> None:
    if isinstance(param, click.Option):
        assert param.help is not None
        assert param.help[0].isupper()
        assert param.help.rstrip("]").partition("  [")[0].endswith("."), f"{name} {param.opts}"


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_a_terminal(name: str) -> None:
    text = CliRunner().invoke(cli, [*name.split(), "--help"], catch_exceptions=False).output
    long = [line for line in text.splitlines() if len(line) > 80 and "|" not in line]
    assert long == []


def test_help_lists_options_in_sections() -> None:
    text = CliRunner().invoke(cli, ["check", "--help"], catch_exceptions=False).output
    titles = [line for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert titles == ["Rule selection:", "Input:", "Cluster:", "Output:", "Options:"]


def test_an_unknown_command() -> None:
    result = CliRunner().invoke(cli, ["chekc"])
    assert result.exit_code == 2
    assert "No such command 'chekc'. Did you mean 'check'?" in result.output


@pytest.mark.parametrize(
    ("given", "meant"), [("help", "--help"), ("version", "--version"), ("ruels", "rules"), ("zzz", "")]
)
def test_a_command_that_was_probably_meant(given: str, meant: str) -> None:
    result = CliRunner().invoke(cli, [given])
    assert result.exit_code == 2
    told = f"No such command '{given}'." + (f" Did you mean '{meant}'?" if meant else "")
    assert result.output.splitlines()[-1] == f"Error: {told}"


@pytest.mark.parametrize("name", ["check", "ownership", "rules", "explain"])
def test_a_lazy_command_is_found(name: str) -> None:
    assert isinstance(cli, LazyGroup)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name


IMPORTED = """
import sys
from cnilint.cli.main import cli
try:
    cli.main(sys.argv[1:], standalone_mode=False)
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""
LIGHT = ("ruamel", "jsonschema", "git", "cnilint.document", "cnilint.source", "cnilint.packs", "cnilint.ssa")


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        ("--version", (*LIGHT, "cnilint.analysis", "cnilint.config", "cnilint.report")),
        ("--help", (*LIGHT, "cnilint.analysis", "cnilint.config", "cnilint.report")),
        ("check --help", (*LIGHT, "cnilint.analysis.check")),
        ("rules --help", LIGHT),
        ("explain --help", LIGHT),
    ],
)
def test_help_imports_no_more_than_it_needs(arguments: str, absent: tuple[str, ...]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments.split()], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0
    assert [name for name in absent if name in result.stderr.split()] == []


def test_a_format_is_imported_when_it_is_used() -> None:
    program = "import sys; from cnilint.report import FORMATS; FORMATS['json']; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    modules = result.stdout.split()
    assert "cnilint.report.json" in modules
    assert "cnilint.report.html" not in modules


def test_into_leaves_what_no_record_takes() -> None:
    @click.command(cls=SectionCommand)
    @options((option("--select", multiple=True), option("--other", section="More")))
    @into(policy=PolicySettings)
    def command(*, other: str, policy: PolicySettings) -> None:
        click.echo(f"{other} {policy}")

    result = CliRunner().invoke(command, ["--select", "CNI1", "--other", "x"], catch_exceptions=False)
    assert result.output == f"x {PolicySettings(select=('CNI1',))}\n"
    assert [param.opts for param in command.params] == [["--select"], ["--other"]]
    assert [param.section for param in command.params if isinstance(param, SectionOption)] == [
        "Options",
        "More",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            "check --select CNI1,XYZ",
            "Invalid value for '--select': there is no code 'XYZ': use a code such as",
        ),
        ("check --as-of 2026-13-01", "Invalid value for '--as-of': '2026-13-01' is not a date such as"),
        ("check --target =1.2=", "Invalid value for '--target': '1.2=' is not a version such as 1.30."),
        ("check --jobs -1", "Invalid value for '--jobs'"),
        ("ownership", "Missing argument 'LIVE...'"),
        ("ownership a.yaml --applier hlem", "'hlem' is not one of 'kubectl'"),
        ("rules diff cilium 1.14 1.15 --format sarif", "'sarif' is not one of 'text', 'markdown'"),
    ],
)
def test_a_usage_error_names_the_option_and_what_it_takes(arguments: str, words: str) -> None:
    result = CliRunner().invoke(cli, arguments.split())
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


def test_optional_types_are_told_apart() -> None:
    """The type test would pass for anything if it could not tell ``str | None`` from ``str``."""
    (rev,) = (param for param in COMMANDS["check"].params if param.name == "rev")
    assert given(rev) == str | None
    assert given(rev) != given(next(param for param in COMMANDS["rules diff"].params))


@pytest.mark.parametrize("name", ["refs", "baseline", "check"])
def test_a_run_of_nothing_names_no_option_that_the_command_has_not(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = CliRunner().invoke(cli, [name]).exception
    assert isinstance(error, UsageError)
    assert str(error).startswith("nothing was checked: ")
    has_option = any(param.name == "allow_empty" for param in COMMANDS[name].params)
    assert ("--allow-empty" in error.hint) is has_option

"""Tables derived from source: the extractors, and the releases of a repository."""

import subprocess
from pathlib import Path

import pytest

from cnilint.errors import UsageError
from cnilint.packs.program import ProgramTable
from cnilint.packs.sources.derive import derive, read_source
from cnilint.packs.sources.forms import FORMS, Declaration, FormOptions
from cnilint.packs.sources.golang import Constants, arguments, parse_go
from tests.packs.helpers import version

OPTIONS = """
package option

const (
	// Level = "not-this"
	Level   = "log-level"
	Prefix  = "edge-"
	Timeout = 3 * time.Second
)

const Alias = Level
"""

MAIN = """
package main

import (
	"time"

	opt "github.com/acme/edge/pkg/option"
)

func main() {
	flags := cmd.Flags()
	flags.String(opt.Alias, "info", "the level, as in (debug, info)")
	flags.BoolP(opt.Prefix+"fast", "f", true, "fast")
	flags.DurationVar(&wait, "wait", opt.Timeout, "a time")
	flags.Var(value, "list", "a list")
	flags.Int("hidden-size", size(), "a size")
	flags.MarkHidden("hidden-size")
	flags.MarkDeprecated("list", "use another")
	logger.String("not-a-flag", "x")
	// flags.Bool("commented", false, "")
	log := zap.String("key", "value", "other")
}
"""


def declared(
    form: str, text: str, options: FormOptions | None = None, path: str = "cmd/main.go"
) -> list[Declaration]:
    file = parse_go(path, text)
    files = {file.package: [file], "pkg/option": [parse_go("pkg/option/option.go", OPTIONS)]}
    return list(FORMS[form](file, Constants(files), options or FormOptions()))


def test_flags_are_named_by_constants_of_other_packages() -> None:
    assert declared("go-flags", MAIN) == [
        Declaration(name="log-level", default="info"),
        Declaration(name="edge-fast", kind="bool", default="true"),
        Declaration(name="wait", kind="duration", default="3s"),
        Declaration(name="list", deprecated=True),
        Declaration(name="hidden-size", kind="int", hidden=True),
    ]


def test_arguments_end_at_their_own_bracket() -> None:
    text = "f(\"a, (b\", g(1, []int{2, 3}), `)`, ')') + h(4)"
    assert arguments(text, 2) == ['"a, (b"', "g(1, []int{2, 3})", "`)`", "')'"]


def test_calls_give_the_type_by_the_default() -> None:
    text = """
package features

var A = env.Register("EDGE_A", true, "").Get()
var B = env.RegisterIntVar("EDGE_B", 5, "")
var C = env.Register[string]("EDGE_C", "x", "")
var D = other.env.Register("EDGE_D", 1*time.Minute, "")
"""
    options = FormOptions(calls={"env.Register": "value", "env.RegisterIntVar": "int"})
    assert declared("go-calls", text, options) == [
        Declaration(name="EDGE_A", kind="bool", default="true"),
        Declaration(name="EDGE_B", kind="int", default="5"),
        Declaration(name="EDGE_C", default="x"),
    ]


def test_tags_of_structs() -> None:
    text = """
package config

type Config struct {
	MtuSize int `config:"int;1500;non-zero"`
	Mode string `json:"mode" envconfig:"edge_mode"`
	Skipped string `envconfig:"-"`
}
"""
    assert declared("go-tags", text, FormOptions(key="config", prefix="EDGE_")) == [
        Declaration(name="EDGE_MTUSIZE", kind="int", default="1500")
    ]
    assert declared("go-tags", text, FormOptions(key="envconfig")) == [Declaration(name="EDGE_MODE")]


def test_rows_of_a_table_say_what_is_required() -> None:
    text = """
package cmd

var info = []row{
	{"EDGE_NAME", "", true, &name},
	{"EDGE_PORT", "80", true, &port},
	{"EDGE_MODE", "", false, nil},
}
"""
    rows = declared("go-rows", text, FormOptions(columns=("name", "default", "required")))
    assert [(row.name, row.required) for row in rows] == [
        ("EDGE_NAME", True),
        ("EDGE_PORT", False),  # it has a default
        ("EDGE_MODE", False),
    ]


def test_a_call_without_a_default_declares_a_setting() -> None:
    options = FormOptions(calls={"os.Getenv": "string", "env.Get": "value"})
    text = 'package a\n\nfunc b() { c(os.Getenv("NODE"), os.Getenv(d()), env.Get("PORT", 80)) }\n'
    assert declared("go-calls", text, options) == [
        Declaration(name="NODE"),
        Declaration(name="PORT", kind="int", default="80"),
    ]


def test_fields_of_a_struct_that_envconfig_fills() -> None:
    text = """
package a

type other struct {
	Hidden bool
}

type settings struct {
	Debug     bool
	ClusterID string `default:"none" required:"true"`
	HaltOnError bool `split_words:"true"`
	Ports     []uint
	Named     uint `envconfig:"own_name"`
	private   bool
}
"""
    assert declared("go-fields", text, FormOptions(prefix="EDGE_", pattern="settings")) == [
        Declaration(name="EDGE_DEBUG", kind="bool"),
        Declaration(name="EDGE_CLUSTERID", default="none", required=True),
        Declaration(name="EDGE_HALT_ON_ERROR", kind="bool"),
        Declaration(name="EDGE_PORTS"),
        Declaration(name="EDGE_OWN_NAME", kind="uint"),
    ]


def test_literals_that_name_a_setting() -> None:
    text = """
package a

import opt "github.com/acme/edge/pkg/option"

var args = List{
	{
		Name:         opt.Level,
		Shorthand:    "l",
		Type:         "int",
		DefaultValue: 3,
	},
	{Name: other(), Type: "bool"},
}
"""
    assert declared("go-literals", text) == [
        Declaration(name="log-level", kind="int", default="3"),
        Declaration(name="l", kind="int", default="3"),
    ]


def test_texts_of_any_language_without_its_tests() -> None:
    text = 'const A: &str = "EDGE_A";\n#[cfg(test)]\nmod tests { const B: &str = "EDGE_B"; }\n'
    options = FormOptions(pattern='"([A-Z_]+)"')
    assert [each.name for each in declared("texts", text, options, "src/config.rs")] == ["EDGE_A"]


def test_a_command_reference() -> None:
    text = """
```
  -D, --debug                 Enable debugging
      --size int              A size (default 4)
      --mode string           A mode (default "fast")
```
"""
    assert declared("cobra-docs", text, path="cmdref/agent.md") == [
        Declaration(name="debug", kind="bool", default="false"),
        Declaration(name="size", kind="int", default="4"),
        Declaration(name="mode", default="fast"),
    ]


SOURCE = """\
schema: cnilint-program/1
component: edge
program: agent
repository: acme/edge
tags: "v{version}"
first: 1.0.0
reads:
  - {setting: flag, containers: [agent], unknown: fatal}
extract:
  - {form: go-flags, paths: [cmd]}
  - {form: texts, paths: [pkg], mentions: true, pattern: '"([a-z]+)"'}
"""


@pytest.fixture
def mirrors(tmp_path: Path) -> Path:
    """A repository with four releases: ``b`` is only in the first, later mentioned, and ``c`` is new in the second."""
    repository = tmp_path / "acme+edge/repo"
    repository.mkdir(parents=True)

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *identity, "-C", str(repository), *arguments], check=True, capture_output=True)

    git("init", "--quiet")
    for release, names, mentioned in (
        ("0.9.0", "a", ""),
        ("1.0.0", "ab", ""),
        ("1.1.0", "ac", "b"),
        ("1.2.0", "ac", "x"),
    ):
        flags = "".join(f'\tflags.Bool("{name}", false, "")\n' for name in names)
        for path, text in (
            ("cmd/main.go", f"package main\n\nfunc main() {{\n{flags}}}\n"),
            ("cmd/main_test.go", 'package main\n\nfunc main() {\n\tflags.Bool("t", false, "")\n}\n'),
            ("pkg/x.go", f'package pkg\n\nvar x = "{mentioned}"\n'),
            ("VERSION", f"{release}\n"),
        ):
            (repository / path).parent.mkdir(exist_ok=True)
            (repository / path).write_text(text)
        git("add", "cmd", "pkg", "VERSION")
        git("commit", "--quiet", "-m", f"Release {release}")
        git("tag", f"v{release}")
    git("tag", "v1.3.0-rc.1")
    return tmp_path


def table(mirrors: Path, source: str = SOURCE) -> ProgramTable:
    path = mirrors / "agent.yaml"
    path.write_text(source)
    return derive(read_source(path), mirrors)


def spans(edge: ProgramTable) -> dict[str, list[tuple[int, int]]]:
    return {name: [(run.first, run.last) for run in runs] for name, runs in edge.settings.items()}


def test_a_table_has_the_releases_that_read_each_setting(mirrors: Path) -> None:
    edge = table(mirrors)
    assert [str(release) for release in edge.releases] == ["1.0.0", "1.1.0", "1.2.0"]
    assert spans(edge) == {"a": [(0, 2)], "b": [(0, 0), (1, 1)], "c": [(1, 2)]}
    assert edge.source_of(version("1.1.0")) == "acme/edge@v1.1.0"


def test_names_that_the_manifests_of_a_release_set(mirrors: Path) -> None:
    """Entries by name and flags, in templates too; not what is part of another word."""
    repository = mirrors / "acme+edge/repo"
    (repository / "chart").mkdir()
    text = "env:\n- name: LEVEL\n  value: {{ .Values.level }}\nvolumes:\n  - name: data\nargs: [--fast=true, x--slow]\n"
    (repository / "chart/daemonset.yaml").write_text(text)
    (repository / "chart/notes.txt").write_text("- name: OTHER\n")
    for command in (("add", "chart"), ("commit", "--quiet", "-m", "chart"), ("tag", "v1.3.0")):
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *identity, "-C", str(repository), *command], check=True, capture_output=True)
    edge = table(mirrors, SOURCE + "manifests: [chart]\n")
    assert edge.shipped == {"LEVEL": ((3, 3),), "data": ((3, 3),), "fast": ((3, 3),)}
    assert edge.is_shipped("LEVEL", version("1.3.0"))
    assert not edge.is_shipped("LEVEL", version("1.2.0"))
    elsewhere = table(mirrors, SOURCE + "manifests: [chart]\nmanifestRepository: acme/edge\n")
    assert elsewhere.shipped == edge.shipped


def test_releases_without_tags_are_the_commits_that_name_them(mirrors: Path) -> None:
    by_tag = table(mirrors)
    by_mark = table(mirrors, SOURCE.replace('tags: "v{version}"', "mark: VERSION\nsubject: Release"))
    assert (by_mark.releases, by_mark.settings) == (by_tag.releases, by_tag.settings)
    assert len(by_mark.commits["1.1.0"]) == 12


def test_a_stand_in_is_named(mirrors: Path) -> None:
    """A release that is not at hand, by the commit that it was made from."""
    identifier = subprocess.run(
        ["git", "-C", str(mirrors / "acme+edge/repo"), "rev-parse", "v1.2.0"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    edge = table(mirrors, SOURCE + f'standIns: {{"2.0.0": "{identifier}"}}\n')
    assert edge.stand_ins == ("2.0.0",)
    assert edge.source_of(version("2.0.0")) == f"acme/edge@{identifier[:12]}"
    assert spans(edge)["c"] == [(1, 3)]


def test_no_repository(mirrors: Path) -> None:
    with pytest.raises(UsageError, match="no git directory of `acme/other`"):
        table(mirrors, SOURCE.replace("acme/edge", "acme/other"))

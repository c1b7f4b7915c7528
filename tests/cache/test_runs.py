"""Whole runs: with the cache the results are those without it, whatever happened since the last run."""

import contextlib
import errno
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from cnilint.extract import parallel
from cnilint.extract.file import scan
from cnilint.extract.model import FileFacts
from tests.cache.runs import SECRET, CachedRuns
from tests.cli.test_check import POD, SETTINGS, git
from tests.conftest import ROOT
from tests.platforms import limiting

FORMATS = ("text", "json", "sarif")


@pytest.mark.parametrize("name", FORMATS)
def test_cold_and_warm(runs: CachedRuns, name: str) -> None:
    cold = runs.same("--format", name)
    assert runs.database.exists()
    assert runs.same("--format", name) == cold
    assert runs.same("--format", name, "--jobs", "2") == cold


def test_nothing_is_written_without_a_cache(runs: CachedRuns) -> None:
    runs.run("--no-cache")
    assert not runs.cache.exists()
    runs.run(CNILINT_NO_CACHE="1", cached=False)
    assert not runs.cache.exists()


def test_warm_runs_read_no_manifest(runs: CachedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.run()
    runs.run()
    process = runs.process(PYTHONPROFILEIMPORTTIME="1")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"cnilint.analysis.stored" in err
    for package in (b"document", b"environment", b"extract", b"resolve", b"analysis.check"):
        assert b"cnilint." + package not in err, package


def test_repeated_outputs_are_not_rendered(runs: CachedRuns) -> None:
    cold = runs.same("--format", "json")
    process = runs.process("--format", "json", PYTHONPROFILEIMPORTTIME="1")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, cold)
    for module in (b"analysis.stored", b"report.json"):
        assert b"cnilint." + module not in err, module


def test_repeated_outputs_are_those_of_the_options(runs: CachedRuns) -> None:
    runs.write(".cnilint.yaml", "format: concise\nfail-on: never\n")
    concise, text = runs.same(), runs.same("--format", "text")
    assert concise != text
    for _ in range(2):
        assert runs.same() == concise
        assert runs.same("--format", "text") == text
        assert runs.run("--fail-on", "note").code == 1
        assert runs.run().code == 0
    runs.write(".cnilint.yaml", "format: json\n")
    assert runs.same().startswith(b"{")


@pytest.mark.parametrize("name", ["text", "concise", "json"])
def test_repeated_outputs_quote_what_is_there(runs: CachedRuns, name: str) -> None:
    for comment in ("one", "two"):
        runs.write("apps/pod.yaml", POD.rstrip() + f" # {comment}\n")
        for _ in range(3):
            runs.same("--format", name)


def _changed_key(runs: CachedRuns) -> None:
    runs.write("apps/settings.yaml", SETTINGS % "level", settled=False)


def _same_size_and_time(runs: CachedRuns) -> None:
    file = runs.repository / "apps/settings.yaml"
    before = file.stat()
    file.write_text(file.read_text().replace("log_level", "lig_level"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _comment(runs: CachedRuns) -> None:
    runs.write("apps/pod.yaml", POD + "# a comment\n")


def _moved_lines(runs: CachedRuns) -> None:
    runs.write("apps/pod.yaml", "# a comment\n" + POD)


def _new_file(runs: CachedRuns) -> None:
    runs.write("apps/more.yaml", SETTINGS % "level")


def _removed_file(runs: CachedRuns) -> None:
    (runs.repository / "apps/settings.yaml").unlink()


def _link_outside(runs: CachedRuns) -> None:
    file = runs.repository / "apps/settings.yaml"
    other = runs.repository.parent / "settings.yaml"
    shutil.move(file, other)
    file.symlink_to(other)


def _folder_outside(runs: CachedRuns) -> None:
    folder = runs.repository / "apps"
    other = runs.repository.parent / "apps"
    folder.rename(other)
    folder.symlink_to(other)


def _link_inside(runs: CachedRuns) -> None:
    file = runs.repository / "apps/settings.yaml"
    runs.write("apps/other.yaml", SETTINGS % "level")
    file.unlink()
    file.symlink_to("other.yaml")


def _configured(runs: CachedRuns) -> None:
    runs.write(".cnilint.yaml", "severity: {CNI101: note}\n")


def _configured_below(runs: CachedRuns) -> None:
    runs.write("apps/.cnilint.yaml", "ignore: [CNI101]\n")


def _ignored(runs: CachedRuns) -> None:
    runs.write(".gitignore", "apps/new.yaml\n")
    runs.write("apps/new.yaml", SETTINGS % "level")


def _kustomized(runs: CachedRuns) -> None:
    runs.write("apps/kustomization.yaml", "resources: [pod.yaml, settings.yaml, absent.yaml]\n")


def _script(runs: CachedRuns) -> None:
    runs.write("install.sh", "kubectl create configmap settings --from-literal=level=1\n")


def _unreadable(runs: CachedRuns) -> None:
    (runs.repository / "apps/settings.yaml").chmod(0)


def _grown(runs: CachedRuns) -> None:
    runs.write("apps/pod.yaml", POD + "---\n" + POD.replace("agent", "other"), settled=False)


CHANGES = (
    _changed_key,
    _same_size_and_time,
    _comment,
    _moved_lines,
    _new_file,
    _removed_file,
    _link_outside,
    _folder_outside,
    _link_inside,
    _configured,
    _configured_below,
    _ignored,
    _kustomized,
    _script,
    _unreadable,
    _grown,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__[1:])
def test_one_change(runs: CachedRuns, change: object) -> None:
    """Twice before, so that all layers answer, and twice after."""
    for _ in range(2):
        runs.run()
    assert callable(change)
    change(runs)
    first = runs.same("--format", "json")
    assert runs.same("--format", "json") == first


def test_a_change_back(runs: CachedRuns) -> None:
    first = runs.same()
    runs.write("apps/settings.yaml", SETTINGS % "level")
    assert runs.same() != first
    runs.write("apps/settings.yaml", SETTINGS % "log_level")
    assert runs.same() == first


def test_a_file_that_a_kustomization_lists_and_git_ignores(runs: CachedRuns) -> None:
    runs.write(".gitignore", "apps/new.yaml\n")
    runs.write("apps/kustomization.yaml", "resources: [pod.yaml, settings.yaml, new.yaml]\n")
    absent = runs.same()
    runs.same()
    runs.write("apps/new.yaml", SETTINGS.replace("settings", "other") % "level")
    assert runs.same() != absent
    runs.write("apps/new.yaml", "kind: [\n")
    runs.same()


GENERATED = """\
resources: [pod.yaml]
configMapGenerator:
- name: settings
  envs: [settings.env]
generatorOptions: {disableNameSuffixHash: true}
"""


def test_what_processes_read_takes_part(runs: CachedRuns) -> None:
    """Kustomizations are built in processes of their own when there are as many."""
    for number in range(150):
        runs.write(
            f"overlays/{number}/kustomization.yaml", f"namePrefix: a{number}-\nresources: [../../base]\n"
        )
    runs.write("base/kustomization.yaml", GENERATED)
    runs.write("base/pod.yaml", POD)
    runs.write("base/settings.env", "level=debug\n")
    broken = runs.same("--jobs", "2")
    assert runs.same("--jobs", "2") == broken
    runs.write("base/settings.env", "log_level=debug\n")
    assert runs.same("--jobs", "2") != broken


def test_settings_are_told_apart(runs: CachedRuns) -> None:
    for arguments in (
        (),
        ("--ignore", "CNI101"),
        ("--closed-world",),
        ("--namespace", "a"),
        ("--kube-version", "1.30"),
        ("--fail-on", "never"),
        ("apps/pod.yaml",),
        ("apps/settings.yaml",),
        ("--rev", "HEAD"),
        ("--staged",),
        ("--since", "HEAD"),
        ("--max-findings", "0"),
        ("--blame",),
        ("--explain-environments",),
    ):
        runs.same(*arguments)
        runs.same(*arguments)


def test_files_outside_of_the_repository(runs: CachedRuns) -> None:
    outside = runs.repository.parent / "outside.yaml"
    outside.write_text("severity: {CNI101: note}\n")
    note = runs.same("--config", str(outside))
    outside.write_text("severity: {CNI101: warning}\n")
    assert runs.same("--config", str(outside)) != note
    known = runs.repository.parent / "known"
    runs.run("--file", str(known), command="baseline")
    assert b"No new findings" in runs.same("--baseline", str(known))
    known.write_text("")
    assert b"CNI101" in runs.same("--baseline", str(known))


def test_suppressions_end(runs: CachedRuns) -> None:
    runs.write(".cnilint.yaml", "suppressions: [{code: CNI101, reason: later, until: 2026-01-31}]\n")
    before = runs.same("--as-of", "2026-01-31")
    assert runs.same("--as-of", "2026-02-01") != before
    assert runs.same("--as-of", "2026-01-30") == before


def test_diff(runs: CachedRuns) -> None:
    runs.write("apps/settings.yaml", SETTINGS % "level")
    git(runs.repository, "commit", "-qam", "two")
    runs.write("apps/settings.yaml", SETTINGS % "log_level")
    git(runs.repository, "commit", "-qam", "three")
    for arguments in (("HEAD~1",), ("HEAD~2", "HEAD"), ("HEAD~1", "--staged")):
        first = runs.same(*arguments, "--format", "json", command="diff")
        assert runs.same(*arguments, "--format", "json", command="diff") == first
    runs.write("apps/settings.yaml", SETTINGS % "level")
    assert runs.same("HEAD~1", command="diff") != first


DAEMON = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
      - name: agent
        image: example.com/agent:1
"""


def test_a_value_that_facts_do_not_have(runs: CachedRuns) -> None:
    """A selector is no fact: the comparison depends on the whole content of what it did not have to read."""
    runs.write("apps/daemon.yaml", DAEMON)
    git(runs.repository, "add", ".")
    git(runs.repository, "commit", "-qm", "two")
    runs.run()
    assert b"CNI403" not in runs.same("HEAD", command="diff")
    runs.same("HEAD", command="diff")
    runs.write("apps/daemon.yaml", DAEMON.replace("app: agent}", "app: other}"))
    assert b"CNI403" in runs.same("HEAD", command="diff")


def test_comparing_reads_only_what_changed(runs: CachedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnilint.source.objects import GitObjects
    from cnilint.source.worktree import WorkTree

    for number in range(5):
        runs.write(f"many/{number}.yaml", DAEMON.replace("agent", f"agent-{number}"))
    git(runs.repository, "add", ".")
    git(runs.repository, "commit", "-qm", "two")
    runs.write("apps/settings.yaml", SETTINGS % "level", settled=False)
    # The files were written just now, and would be read to learn their ids.
    monkeypatch.setattr("cnilint.cache.files._RACY", 0)
    runs.run()
    read: list[str] = []
    unlogged, blob = WorkTree.unlogged, GitObjects.blob

    def reading(tree: WorkTree, path: str) -> bytes | None:
        read.append(path)
        return unlogged(tree, path)

    def asking(objects: GitObjects, identifier: str) -> bytes:
        read.append(identifier)
        return blob(objects, identifier)

    monkeypatch.setattr(WorkTree, "unlogged", reading)
    monkeypatch.setattr(GitObjects, "blob", asking)
    runs.run("HEAD", command="diff")
    assert not [path for path in read if path.startswith("many/")]
    # The configuration is looked for, and the older settings are read.
    assert len(read) < 6


@pytest.mark.parametrize("command", ["refs", "pre-commit", "history"])
def test_other_commands(runs: CachedRuns, command: str) -> None:
    first = runs.same(command=command)
    assert runs.same(command=command) == first


def test_no_secret_value_is_stored(runs: CachedRuns) -> None:
    values = ("hunter2-in-clear", "aHVudGVyMi1pbi1jbGVhcg==", "literal-of-a-generator")
    runs.write("apps/secret.yaml", SECRET % values[0])
    runs.write(
        "apps/data.yaml",
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: b}}\ndata: {{token: {values[1]}}}\n",
    )
    runs.write("apps/broken.yaml", f"{SECRET % values[0]}  bad: [\n")
    runs.write(
        "built/kustomization.yaml", f"secretGenerator: [{{name: made, literals: [token={values[2]}]}}]\n"
    )
    runs.write("install.sh", f"kubectl create secret generic made --from-literal=token={values[0]}\n")
    runs.run("--format", "sarif")
    runs.run()
    runs.run("HEAD", command="diff")
    stored = b"".join(path.read_bytes() for path in runs.cache.iterdir())
    from cnilint.cache.store import Store

    store = Store(runs.cache)
    with contextlib.closing(sqlite3.connect(runs.database)) as connection:
        keys = [row[0] for row in connection.execute("SELECT key FROM entries")]
    stored += b"".join(store.get(keys).values())
    assert len(keys) > 5
    for value in values:
        assert value.encode() not in stored, value


@pytest.mark.parametrize("data", [b"garbage" * 999, b"\0" * 9999, b"SQLite format 3\0" + b"\x01" * 9999])
def test_garbage(runs: CachedRuns, data: bytes) -> None:
    first = runs.same()
    runs.database.write_bytes(data)
    assert runs.same() == first
    assert runs.same() == first
    assert runs.database.read_bytes() != data


def test_another_format_is_told_with_verbose(runs: CachedRuns) -> None:
    first = runs.same()
    with contextlib.closing(sqlite3.connect(runs.database)) as connection:
        connection.execute("PRAGMA user_version = 99")
    runs.write("apps/more.yaml", POD.replace("agent", "other"))
    told = runs.run("--verbose").err.decode()
    assert told == "cnilint: the cache was replaced: it has another format\n"
    (runs.repository / "apps/more.yaml").unlink()
    assert runs.same() == first


def test_values_of_another_shape(runs: CachedRuns) -> None:
    """Whoever can write to the database cannot make a run fail."""
    from cnilint.cache.store import CacheEntry, Store

    first = runs.same()
    with contextlib.closing(sqlite3.connect(runs.database)) as connection:
        keys = [(bytes(key), kind) for key, kind in connection.execute("SELECT key, kind FROM entries")]
    for value in (
        b"",
        b"{}",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"findings": [{"message": ["{0.x}", {}]}]}',
        b"\xff",
    ):
        store = Store(runs.cache)
        store.put([CacheEntry(key, kind, value) for key, kind in keys])
        store.close()
        assert runs.same() == first


def test_a_file_in_place_of_the_folder(runs: CachedRuns) -> None:
    first = runs.same()
    shutil.rmtree(runs.cache)
    runs.cache.write_text("a file")
    assert runs.same() == first


def test_a_read_only_folder(runs: CachedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system refuses the database: root could write to a folder without the permission, so it is told to."""
    first = runs.same()
    open_file = os.open

    def refusing(path: str | os.PathLike[str], flags: int, *more: int, **named: int) -> int:
        if os.fspath(path) == str(runs.database):
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_file(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", refusing)
    assert runs.same() == first
    assert b"the cache is not used: Permission denied" in runs.run("--verbose").err


def test_no_home(runs: CachedRuns) -> None:
    assert runs.same(HOME="/nonexistent", XDG_CACHE_HOME="/proc/nowhere", CNILINT_CACHE_DIR="") == runs.same()


def test_a_full_disk(runs: CachedRuns) -> None:
    full = limiting("RLIMIT_FSIZE", 8192)
    first = runs.same()
    shutil.rmtree(runs.cache)
    assert _ended(runs.process(limits=full)) == (1, first, b"")
    runs.run()
    runs.write("apps/more.yaml", POD.replace("agent", "other"))
    changed = runs.run(cached=False)
    assert _ended(runs.process(limits=full)) == changed
    assert runs.same() == changed.out


def test_two_at_once(runs: CachedRuns) -> None:
    for number in range(200):
        runs.write(f"many/{number}.yaml", POD.replace("agent", f"pod-{number}"))
    expected = runs.run(cached=False)
    for process in [runs.process() for _ in range(3)]:
        assert _ended(process) == expected
    assert runs.same() == expected.out


def _ended(process: "subprocess.Popen[bytes]") -> tuple[int, bytes, bytes]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_a_locked_cache(runs: CachedRuns) -> None:
    first = runs.same()
    with contextlib.closing(sqlite3.connect(runs.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert runs.same() == first


def _killed(runs: CachedRuns, moments: int) -> None:
    """Kills runs while they write, each at a random moment, and compares what the next run says."""

    def write(moment: int) -> None:
        """Files of other contents at each moment, which say the same."""
        for number in range(120):
            runs.write(f"many/{number}.yaml", POD.replace("agent", f"pod-{number}") + f"# {moment}\n")

    write(0)
    expected = runs.run(cached=False)
    # Each value is written in a transaction of its own, and slowly: a kill comes in the middle of the writing.
    hook = runs.repository.parent / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import time, cnilint.cache.store as store\n"
        "put = store.Store.put\n"
        "def slow(self, entries):\n"
        f"    open({str(hook / 'writing')!r}, 'w').close()\n"
        "    for entry in entries:\n"
        "        put(self, [entry])\n"
        "        time.sleep(0.005)\n"
        "store.Store.put = slow\n",
        "utf-8",
    )
    chance = random.Random(moments)
    killed = 0
    for moment in range(moments):
        write(moment)
        if moment % 5 == 0:
            shutil.rmtree(runs.cache, ignore_errors=True)
        (hook / "writing").unlink(missing_ok=True)
        process = runs.process(PYTHONPATH=f"{hook}:{ROOT}")
        while not (hook / "writing").exists() and process.poll() is None:
            time.sleep(0.005)
        time.sleep(chance.random() * 0.3)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
        assert runs.run() == expected
    # Some are done before the signal comes.
    assert killed > moments // 2


def test_killed_while_it_writes(runs: CachedRuns) -> None:
    _killed(runs, 4)


@pytest.mark.slow
def test_killed_at_fifty_moments(runs: CachedRuns) -> None:
    _killed(runs, 50)


def test_info_and_clear(runs: CachedRuns) -> None:
    assert b"no cache" in runs.run("info", command="cache").out
    runs.run()
    told = runs.run("info", command="cache").out.decode()
    assert str(runs.database) in told
    assert "facts: 2 entries" in told
    assert b"deleted" in runs.run("clear", command="cache").out
    assert list(runs.cache.iterdir()) == []
    elsewhere: Path = runs.repository.parent / "elsewhere"
    runs.run("--cache-dir", str(elsewhere))
    assert elsewhere.exists()
    assert not runs.database.exists()


def test_a_file_that_both_revisions_have_is_read_once(
    runs: CachedRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned: list[str] = []

    def noted(path: str, *arguments: Any, **options: Any) -> FileFacts | None:
        scanned.append(path)
        return scan(path, *arguments, **options)

    monkeypatch.setattr(parallel, "scan", noted)
    runs.write("apps/settings.yaml", SETTINGS % "level")
    runs.run("HEAD", command="diff", cached=False)
    assert sorted(scanned) == ["apps/pod.yaml", "apps/settings.yaml", "apps/settings.yaml"]

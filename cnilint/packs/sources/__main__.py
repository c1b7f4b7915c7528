"""``python -m cnilint.packs.sources MIRRORS [COMPONENT[/PROGRAM] ...]``: the tables of programs, derived again."""

import sys
from pathlib import Path

from cnilint.packs.program import PROGRAMS_FOLDER, write_table
from cnilint.packs.sources.derive import derive, read_source
from cnilint.resources import data_dir


def main(mirrors: Path, wanted: list[str]) -> None:
    """Write the table beside every file that says where a program's settings are declared."""
    for path in sorted(data_dir("rules").glob(f"*/{PROGRAMS_FOLDER}/*.yaml")):
        component = path.parent.parent.name
        if not wanted or component in wanted or f"{component}/{path.stem}" in wanted:
            table = derive(read_source(path), mirrors)
            path.with_suffix(".json").write_text(write_table(table), encoding="utf-8")
            print(
                f"{path.with_suffix('.json')}: {len(table.settings)} settings, {len(table.releases)} releases"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

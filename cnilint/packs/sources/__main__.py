"""``python -m cnilint.packs.sources MIRRORS [COMPONENT ...]``: the tables of programs and charts, derived again."""

import sys
from pathlib import Path

from cnilint.packs.charts.model import CHARTS_FOLDER
from cnilint.packs.charts.table import write_chart_table
from cnilint.packs.program import PROGRAMS_FOLDER, ProgramTable, write_table
from cnilint.packs.sources.charts import derive_chart
from cnilint.packs.sources.derive import derive, read_source
from cnilint.resources import data_dir


def main(mirrors: Path, components: list[str]) -> None:
    """Write the table beside every file that says where a program's settings, or a chart's releases, are."""
    for path in sorted(data_dir("rules").glob(f"*/{PROGRAMS_FOLDER}/*.yaml")):
        if not components or path.parent.parent.name in components:
            table = derive(read_source(path), mirrors)
            _write(path, table, write_table(table))
    for path in sorted(data_dir("rules").glob(f"*/{CHARTS_FOLDER}/*.yaml")):
        if not components or path.parent.parent.name in components:
            chart = derive_chart(path, mirrors)
            if chart is not None:
                _write(path, chart.values, write_chart_table(chart))


def _write(path: Path, table: ProgramTable, text: str) -> None:
    path.with_suffix(".json").write_text(text, encoding="utf-8")
    print(f"{path.with_suffix('.json')}: {len(table.settings)} settings, {len(table.releases)} releases")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

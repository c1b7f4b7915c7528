"""The values that each release of a chart reads: a table derived from the chart's files, never written by hand."""

import json
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from cnilint.packs.program import ProgramTable, table_of, write_table
from cnilint.reading import read_named
from cnilint.versions import Version, parse_version

CHART_TABLE_SCHEMA = "cnilint-chart-table/1"


class ChartTable(Struct, frozen=True, kw_only=True):
    """``values`` has the values by dotted path; ``apps`` the component's version by that of the chart, where they differ.

    The type of a value is as in the chart's JSON Schema, alternatives joined by ``|``.
    """

    values: ProgramTable
    apps: Mapping[str, str] = field(default_factory=dict)

    def app(self, version: Version) -> Version | None:
        """The component's version that a release of the chart installs; None where it is not known.

        Of a release line it is the line, if all its releases install the same.
        """
        if not version.is_line:
            return parse_version(self.apps.get(".".join(map(str, version.numbers)), ""))
        of_line = {
            app.minor
            for text, name in self.apps.items()
            if (own := parse_version(text)) and own.minor == version.minor and (app := parse_version(name))
        }
        return Version(of_line.pop()) if len(of_line) == 1 else None


def write_chart_table(table: ChartTable) -> str:
    """The table as JSON with one value a line; equal tables give equal text."""
    apps = json.dumps(dict(table.apps), separators=(",", ":"))
    return f'{{\n"schema": "{CHART_TABLE_SCHEMA}",\n"apps": {apps},\n"values": {write_table(table.values).strip()}\n}}\n'


def read_chart_table(path: Path) -> ChartTable:
    """Read what ``write_chart_table`` wrote."""
    data = json.loads(read_named(path))
    return ChartTable(values=table_of(data["values"]), apps=data["apps"])

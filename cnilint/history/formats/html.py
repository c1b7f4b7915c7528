"""The history as one self-contained page without scripts, every text escaped, light and dark."""

from collections.abc import Iterator
from html import escape

from cnilint.history.model import CommitChanges, ConfigHistory
from cnilint.history.wording import byline, period, sentence, short, summary
from cnilint.report.terminal import printable

_STYLE = """
:root { color-scheme: light dark; --line: #d0d7de; --dim: #656d76; --bad: #cf222e; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --dim: #9198a1; --bad: #ff7b72; --good: #3fb950; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 1.4rem 0 0; }
code { font: 13px/1.5 ui-monospace, monospace; } .dim { color: var(--dim); }
section { border-top: 1px solid var(--line); } li { overflow-wrap: anywhere; }
.reference-broken, .key-removed, .object-removed { color: var(--bad); } .reference-healed { color: var(--good); }
""".strip()


def render(history: ConfigHistory, *, periods: bool) -> str:
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Configuration history</title><style>{_STYLE}</style></head><body><main>",
        "<h1>Configuration history</h1>",
        f'<p class="dim">{_text(summary(history))}</p>',
        *(f"<p>{_text(notice)}</p>" for notice in history.notices),
        *(f"<p>not read: {_text(path)}: {_text(why)}</p>" for path, why in history.skipped.items()),
        *(_periods(history) if periods else map(_commit, history.commits)),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _periods(history: ConfigHistory) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li><code>{_text(each.file)}</code> {_text(period(each))}</li>" for each in history.broken)
    yield "</ul>"


def _commit(each: CommitChanges) -> str:
    commit = each.commit
    items = "".join(
        f'<li class="{change.kind}"><code>{_text(change.file)}</code> {_text(sentence(change))}</li>'
        for change in each.changes
    )
    title = f"<h2><code>{_text(short(commit))}</code> {_text(commit.subject)}</h2>"
    return f'<section>{title}<div class="dim">{_text(byline(commit))}</div><ul>{items}</ul></section>'


def _text(text: str) -> str:
    return escape(printable(text))

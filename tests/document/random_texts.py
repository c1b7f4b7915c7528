"""Random texts by seed: manifests of every style, and soups of the characters that YAML gives a meaning."""

from collections.abc import Callable
from random import Random

_KEYS = (
    "name",
    "data",
    "y",
    "on",
    "1",
    "1.50",
    "0x10",
    "~x",
    "a b",
    "é",
    "😀",
    "k-1",
    "x.y/z",
    "'q'",
    '"d"',
    "? k",
)
_PLAIN = (
    "a",
    "a b",
    "x:y",
    "http://h:80/p",
    "a#b",
    "é😀",
    "-1",
    "- x",
    "yes",
    "2001-01-01",
    "a,b",
    "a]b",
    "1e3",
    "--- x",
)
_STRANGE = tuple("0178_.eExXbBoOaf+-: ")
_SOUP = (
    *(
        "a",
        "b",
        "k: v",
        "k:",
        " ",
        "  ",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "-",
        "? ",
        "?",
        ": ",
        ":",
        ":x",
        "{",
        "}",
        "[",
    ),
    *(
        "]",
        ",",
        '"',
        "'",
        "|",
        "|-",
        "|+",
        "|2",
        ">",
        ">-",
        "#c",
        " # c",
        "&a ",
        "*a",
        "!!str ",
        "!t ",
        "! ",
        "<<: *a",
    ),
    *(
        "<<",
        "%",
        "@",
        "`",
        "\t",
        "~",
        "1",
        "1e3",
        "yes",
        "''",
        '""',
        "'x'",
        '"x\\ty"',
        "\\",
        "\r\n",
        "\r",
        "...",
        "---",
    ),
    *(
        "\u2028",
        "\x85",
        "é",
        "😀",
        "null",
        '"\\x41"',
        "a b",
        "x#y",
        "a:b",
        "[a, b]",
        "{a: b}",
        "{a}",
        "{a:}",
        "[a:b]",
    ),
    *('["a":b]', "{?a:b}", "-1", "- a", "\n- b", "\nk: v", "\n  k: v", "\ufeff"),
)
_SEPARATORS = (
    "---\n",
    "---\n",
    "---\n",
    "--- # c\n",
    "---\t\n",
    "---\r\n",
    "...\n---\n",
    "---\n---\n",
    "--- x\n",
    "...\n",
)


def text(seed: int) -> bytes:
    """The text of a seed: mostly a stream of manifests, sometimes a soup."""
    random = Random(seed)
    make: Callable[[Random], str] = random.choice((_stream, _stream, _stream, _odd_scalar, _merges, _soup))
    made = make(random)
    if random.random() < 0.15:
        made = made.replace("\n", "\r\n")
    return made.encode()


def _head(number: int) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m{number}\n"


def _stream(random: Random) -> str:
    pieces = [_manifest(random, 0)]
    for number in range(1, random.randint(1, 4)):
        pieces += [
            random.choice(_SEPARATORS),
            random.choice(("", "", "# c\n", "null\n", _manifest(random, number))),
        ]
    return "".join(pieces)


def _manifest(random: Random, number: int) -> str:
    comment = "# Source: chart/templates/x.yaml\n" if random.random() < 0.3 else ""
    return f"{comment}{_head(number)}body:{_block(random, 1)}"


def _block(random: Random, depth: int) -> str:
    """A value behind ``key:``, with its line break."""
    choice = random.random()
    indent = "  " * depth
    if depth < 5 and choice < 0.3:
        keys = random.sample(_KEYS, random.randint(1, 4))
        return "\n" + "".join(f"{indent}{_key(key)}{_block(random, depth + 1)}" for key in keys)
    if depth < 5 and choice < 0.45:
        return "\n" + "".join(f"{indent}-{_block(random, depth + 1)}" for _ in range(random.randint(1, 3)))
    if choice < 0.6:
        return f" {_flow(random, 0)}{random.choice(('', ' # c', ' '))}\n"
    if choice < 0.75:
        return _block_scalar(random, indent)
    return f" {_scalar(random)}{random.choice(('', '', ' # c'))}\n"


def _key(key: str) -> str:
    return f"{key}\n    :" if key.startswith("?") else f"{key}:"


def _block_scalar(random: Random, indent: str) -> str:
    lines = [
        random.choice(("x", "", " y", "# z", "a: b", "---", "{{ t }}")) for _ in range(random.randint(0, 4))
    ]
    return f" {random.choice('|>')}{random.choice(('', '-', '+'))}\n" + "".join(
        f"{indent}{x}\n" for x in lines
    )


def _flow(random: Random, depth: int) -> str:
    choice = random.random()
    if depth > 2 or choice < 0.4:
        return _scalar(random)
    comma = random.choice((", ", ",", " , "))
    values = [_flow(random, depth + 1) for _ in range(random.randint(0, 3))]
    if choice < 0.7:
        return f"[{comma.join(values)}]"
    keys = random.sample([key for key in _KEYS if not key.startswith("?")], len(values))
    pairs = (f"{key}: {value}" for key, value in zip(keys, values, strict=True))
    return f"{{{comma.join(pairs)}}}"


def _scalar(random: Random) -> str:
    choice = random.random()
    content = random.choice(_PLAIN)
    if choice < 0.3:
        return f'"{content}\\n\\u00e9"'
    if choice < 0.5:
        return f"'{content}''s'"
    if choice < 0.6:
        return f"{random.choice(('!!str ', '!x ', '! ', '&a '))}{content}"
    return content


def _odd_scalar(random: Random) -> str:
    odd = "".join(random.choice(_STRANGE) for _ in range(random.randint(1, 7)))
    if random.random() < 0.3:
        odd = repr(random.choice((1, -1)) * random.random() * 10.0 ** random.randint(-320, 300))
    tag = random.choice(
        ("", "", "", "!!int ", "!!float ", "!!str ", "!!binary ", "!!timestamp ", "!x ", "! ")
    )
    quote = random.choice(("", "", "", "'", '"'))
    scalar = f"{tag}{quote}{odd}{quote}"
    return _head(0) + random.choice((f"k: {scalar}\n", f"{scalar}: v\n", f"l: [{scalar}, {{k: {scalar}}}]\n"))


def _merges(random: Random) -> str:
    bases = (
        "{k: 1, j: 2}",
        "{k: {z: 1}, i: y}",
        "[a, b]",
        "x",
        "{<<: *p, m: 3}",
        "[*p, *q]",
        "",
        "<<",
        "{k: *p}",
    )
    lines = [f"{name}: &{name} {random.choice(bases)}" for name in "pqr"]
    uses = (
        "k: own",
        "j: own",
        "<<: *p",
        "<<: *q",
        "<<: [*p, *q]",
        "<<: [*q, {k: in}]",
        "<<: {k: in, n: 1}",
        "z: *r",
    )
    uses += (
        "'<<': *p",
        "!!merge <<: *p",
        "<<: [[*p]]",
        "<<:",
        "*q : v",
        "k: {<<: *p, k: last}",
        "<<: &s [*p]",
    )
    for number in range(random.randint(1, 3)):
        lines.append(f"m{number}:")
        lines += [f"  {random.choice(uses)}" for _ in range(random.randint(1, 4))]
    return _head(0) + "\n".join(lines) + "\n"


def _soup(random: Random) -> str:
    soup = "".join(random.choice(_SOUP) for _ in range(random.randint(1, 9)))
    return random.choice((f"{_head(0)}d: {soup}", f"{_head(0)}d:\n  {soup}", f"kind: T\n{soup}"))

"""Texts on which YAML readers disagree, by what they are about. ``test_kubectl`` asks kubectl for the answer."""

import json

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"
_ESCAPED = "\\'"
_JSON = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
_OTHER_JSON = _JSON.replace('"a"', '"b"')

SCALARS = """
yes no on off y n Y N Yes YES yEs TRUE True tRue false ~ null Null NULL nUll
0755 0o755 0O755 08 09.5 007 0123_4 00000000000000000000000000000000000000000000000000000000000000000000000017
1e3 1E3 1.0 1.10 1. 1.e3 .5 .5_0 ._5 5._ +1 -0 1_000 1__0 _1 1_ 1e 1e+ e1 .e1 . - + -. +. --1
0x1F 0X1F 0b11 0B11 -0x1F -0b11 0x 0b 0x_1 0b_1 0xFFFFFFFFFFFFFFFF 0x10000000000000000
0b1111111111111111111111111111111111111111111111111111111111111111
9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809
12345678901234567890 18446744073709551615 18446744073709551616 9007199254740993 0.1234567890123456789
1:30 190:20:30 01:30 2001-01-01 2001-12-14t21:59:43.10-05:00 2001-02-30 = << 1.5e+3 6.02E23 0.0 -0.0 1e-7
1e400 -1e400 1e-400 123e4567 12e03 1e22 1e21 1e20 1.5.2 1,5 1e3.5 0x1p4 inf nan NaN
.inf .Inf .INF -.inf +.inf .nan .NaN .Nan .iNF
'yes' "\\u0041" "\\x41\\n\\t\\e\\0\\_" "a\\
  b" 'it''s' "\\ud83d" ''
!!str 1 | !!int '3' | !!int 3.0 | !!int x | !!float 1 | !!float '1e3' | !!float x | !!bool yes | !!bool 'no' | !!bool 1
!!null '' | !!null x | !!timestamp 2001-01-01 | !!timestamp 2001-13-01 | !!timestamp x | !!binary aGk= | !!binary aGk
!!binary 4oI= | !!binary /w== | !!binary '!' | !!foo 1 | !foo bar | ! 12 | ! '12' | ! yes | !!merge << | !e!x 1
!<tag:yaml.org,2002:int> '7' | !!set {a, b} | !!map {a: 1} | !!seq [1] | !!str [1] | !!str | !!int |
"""


def _scalars() -> list[str]:
    found: list[str] = []
    for line in SCALARS.strip().replace('"a\\\\\n  b"', "FOLDED").splitlines():
        found += line.split(" | ") if "!!" in line or "!<" in line else line.split()
    return ['"a\\\n  b"' if scalar == "FOLDED" else scalar.rstrip("| ") for scalar in found]


def _typed() -> dict[str, str]:
    values = {f"value {scalar}": f"{CONFIG_MAP}data:\n  k: {scalar}\n" for scalar in _scalars()}
    keys = {f"key {scalar}": f"{CONFIG_MAP}data:\n  {scalar}: v\n" for scalar in _scalars() if scalar != "<<"}
    return values | keys


STREAMS = {
    "two documents": f"{CONFIG_MAP}---\n{OTHER}",
    "byte order mark": "\ufeff" + CONFIG_MAP,
    "byte order mark of the second document": f"{CONFIG_MAP}---\n\ufeff{OTHER}",
    "byte order mark behind a leading separator": f"---\n\ufeff{CONFIG_MAP}",
    "byte order mark inside a document": f"{CONFIG_MAP}\ufeffdata: {{}}\n",
    "byte order mark before JSON": "\ufeff" + _JSON,
    "carriage returns": f"{CONFIG_MAP}---\n{OTHER}".replace("\n", "\r\n"),
    "carriage returns alone": CONFIG_MAP.replace("\n", "\r"),
    "two carriage returns": f"{CONFIG_MAP}data:\n  k: >\n   x\n\r\r\n   y\n",
    "comment behind a separator": f"{CONFIG_MAP}--- # comment\n{OTHER}",
    "comment at a separator": f"{CONFIG_MAP}---#comment\n{OTHER}",
    "blanks behind a separator": f"{CONFIG_MAP}--- \t \n{OTHER}",
    "text behind a separator": f"{CONFIG_MAP}--- foo\n{OTHER}",
    "text at a separator": f"{CONFIG_MAP}---foo\n{OTHER}",
    "mapping behind a separator": f"{CONFIG_MAP}--- {{apiVersion: v1, kind: ConfigMap}}\n",
    "block scalar behind a separator": f"{CONFIG_MAP}--- |\n text\n",
    "four dashes": f"{CONFIG_MAP}----\n{OTHER}",
    "text behind the first separator": f"--- foo\n{CONFIG_MAP}",
    "document end and another document": f"{CONFIG_MAP}...\n{OTHER}",
    "document end and separator": f"{CONFIG_MAP}...\n---\n{OTHER}",
    "document end and nonsense": f"{CONFIG_MAP}...\n]][[: :\n",
    "document end alone": "...\n",
    "leading separator": f"---\n{CONFIG_MAP}",
    "two leading separators": f"---\n---\n{CONFIG_MAP}",
    "leading comments": f"# one\n\n# two\n---\n{CONFIG_MAP}",
    "trailing separator": f"{CONFIG_MAP}---\n",
    "trailing separator without a line break": f"{CONFIG_MAP}---",
    "empty documents": f"---\n\n---\n{CONFIG_MAP}---\n---\n\n---\n",
    "comment document": f"{CONFIG_MAP}---\n# nothing\n---\n{OTHER}",
    "null document": f"{CONFIG_MAP}---\nnull\n---\n{OTHER}",
    "tilde document": f"{CONFIG_MAP}---\n~\n---\n{OTHER}",
    "YAML 1.1 directive": f"%YAML 1.1\n---\n{CONFIG_MAP}",
    "YAML 1.2 directive": f"%YAML 1.2\n---\n{CONFIG_MAP}",
    "tag directive": f"%TAG ! tag:example.com,2000:\n---\n{CONFIG_MAP}",
    "directive behind a leading separator": f"---\n%YAML 1.1\n---\n{CONFIG_MAP}",
    "directive of the second document": f"{CONFIG_MAP}---\n%YAML 1.1\n---\n{OTHER}",
    "directive behind a document end": f"{CONFIG_MAP}...\n%YAML 1.1\n---\n{OTHER}",
    "indented separator": f"{CONFIG_MAP}data:\n  k: |\n    x\n    ---\n    y\n---\n{OTHER}",
    "separator in a block scalar": f"{CONFIG_MAP}data:\n  k: |\nx\n---\ny\n---\n{OTHER}",
    "separator with a no-break space": f"{CONFIG_MAP}---\u00a0\n{OTHER}",
    "separator with a control character": f"{CONFIG_MAP}---\x1c\n{OTHER}",
    "no final line break": f"{CONFIG_MAP}data:\n  k: |\n    x",
    "no final line break, keep": f"{CONFIG_MAP}data:\n  k: |+\n    x",
    "empty file": "",
    "line breaks": "\n\n",
    "comments": "# only\n# comments",
    "scalar document": "foo\n",
    "sequence document": f"- {_JSON}\n",
    "scalar between objects": f"{CONFIG_MAP}---\nfoo\n---\n{OTHER}",
    "broken between objects": f"{CONFIG_MAP}---\nfoo: [\n---\n{OTHER}",
}

STRUCTURES = {
    "tab indentation": f"{CONFIG_MAP}data:\n\tk: v\n",
    "tab behind a colon": f"{CONFIG_MAP}data:\n  k:\tv\n",
    "tab behind a value": f"{CONFIG_MAP}data:\n  k: v\t\n",
    "tab in a sequence": f"{CONFIG_MAP}data:\n  k: [\ta,\tb\t]\n",
    "next line character": f"{CONFIG_MAP}data:\n  k: a\x85    b\n",
    "line separator character": f"{CONFIG_MAP}data:\n  k: a\u2028    b\n",
    "line separator in quotes": f'{CONFIG_MAP}data:\n  k: "a\u2028    b"\n',
    "emoji": f"{CONFIG_MAP}data:\n  😀: é😀\n",
    "key twice": f"{CONFIG_MAP}data: {{k: v}}\ndata: {{j: w}}\n",
    "key twice but for its case": f"{CONFIG_MAP}data: {{k: v}}\nData: {{j: w}}\n",
    "key twice in flow": f"{CONFIG_MAP}data: {{k: v, k: w}}\n",
    "merge below a key": f"{CONFIG_MAP}x: &x {{k: 1}}\ndata:\n  k: 2\n  <<: *x\n",
    "merge above a key": f"{CONFIG_MAP}x: &x {{k: 1}}\ndata:\n  <<: *x\n  k: 2\n",
    "merge of a list": f"{CONFIG_MAP}x: &x {{k: 1}}\ny: &y {{k: 2, j: 3}}\ndata:\n  <<: [*x, *y]\n",
    "merge of merges": f"{CONFIG_MAP}x: &x {{k: 1}}\ny: &y {{<<: *x, j: 3}}\ndata:\n  <<: *y\n",
    "two merges": f"{CONFIG_MAP}x: &x {{k: 1}}\ny: &y {{k: 2}}\ndata:\n  <<: *x\n  <<: *y\n",
    "merge in place": f"{CONFIG_MAP}data:\n  <<: {{k: 3}}\n",
    "merge of an alias to a list": f"{CONFIG_MAP}x: &x [{{k: 1}}]\ndata:\n  <<: *x\n",
    "merge of a list in a list": f"{CONFIG_MAP}x: &x {{k: 1}}\ndata:\n  <<: [[*x]]\n",
    "merge of a scalar": f"{CONFIG_MAP}data:\n  <<: x\n",
    "merge of null": f"{CONFIG_MAP}data:\n  <<:\n",
    "merge of nothing": f"{CONFIG_MAP}data:\n  <<: []\n  k: v\n",
    "merge key in quotes": f"{CONFIG_MAP}data:\n  '<<': {{k: 1}}\n",
    "merge key with a merge tag": f"{CONFIG_MAP}data:\n  !!merge <<: {{k: 1}}\n",
    "merge key with a string tag": f"{CONFIG_MAP}data:\n  !!str <<: {{k: 1}}\n",
    "merge key with a non-specific tag": f"{CONFIG_MAP}data:\n  ! '<<': {{k: 1}}\n",
    "merge key by alias": f"{CONFIG_MAP}x: &x <<\ndata:\n  *x : {{k: 1}}\n",
    "anchor on a key": f"{CONFIG_MAP}data:\n  &x k: *x\n",
    "alias as a key": f"{CONFIG_MAP}x: &x k\ndata:\n  *x : v\n",
    "alias to a mapping as a key": f"{CONFIG_MAP}x: &x {{k: v}}\ndata:\n  *x : v\n",
    "anchor twice": f"{CONFIG_MAP}x: &x 1\ny: &x 2\ndata:\n  k: *x\n",
    "anchor twice, nested": f"{CONFIG_MAP}x: &x [&x 1, *x]\ndata:\n  k: *x\n",
    "anchor of another document": f"{CONFIG_MAP}x: &x 1\n---\n{OTHER}y: *x\n",
    "anchor without a value": f"{CONFIG_MAP}x: &x\ndata:\n  k: *x\n",
    "alias without an anchor": f"{CONFIG_MAP}data:\n  k: *x\n",
    "anchor that contains itself": f"{CONFIG_MAP}data: &x\n  k: *x\n",
    "complex key": f"{CONFIG_MAP}? [a, b]\n: v\n",
    "explicit key": f"{CONFIG_MAP}? data\n: ? k\n  : v\n",
    "key without a value": f"{CONFIG_MAP}data: {{k, j: }}\n",
    "empty key": f"{CONFIG_MAP}data:\n  : v\n",
    "pair in a sequence": f"{CONFIG_MAP}data: [k: v, j]\n",
    "colon in a flow scalar": f"{CONFIG_MAP}image: {{name: nginx:1.27, url: http://x:80/y?z=1}}\n",
    "colons in many flow scalars": f"{CONFIG_MAP}hosts: [{', '.join(['fe80::1:2'] * 50)}]\n",
    "colon at the end of a flow scalar": f"{CONFIG_MAP}data: {{k:}}\n",
    "colon behind a quoted key": f'{CONFIG_MAP}data: {{"k":v, "j"::w}}\n',
    "blank before a colon in flow": f"{CONFIG_MAP}data: {{k :v, j : w}}\n",
    "colon at the start of a flow scalar": f"{CONFIG_MAP}data: [:k]\n",
    "colons everywhere else": f"{CONFIG_MAP}k: a:b\nx: |\n  {{a:b}}\ny: '[a:b]'\nz: [c:d] # [e:f]\nt: !a:b c\n",
    "question mark in flow": f"{CONFIG_MAP}data: {{?a:b, c?d: e}}\n",
    "trailing comma": f"{CONFIG_MAP}data: {{k: [v,],}}\n",
    "comment in flow": f"{CONFIG_MAP}data: {{k: v, # c:d\n  j: w}}\n",
    "hash in a word": f"{CONFIG_MAP}data: {{k: v#w}}\nx: a#b #c\n",
    "sequence at its key's level": f"{CONFIG_MAP}x:\n- a\n-\n- - b\n  -c\n",
    "block scalars": f"{CONFIG_MAP}a: |\n  x\n\n  y\n\nb: >\n  x\n  y\n\n  z\nc: |-\n  x\nd: >+\n  x\n\n",
    "block scalar with an indentation": f"{CONFIG_MAP}a: |2\n    x\n   y\nb: |1-\n x\n",
    "block scalar, folded and indented": f"{CONFIG_MAP}a: >\n  x\n   y\n  z\n",
    "empty block scalar": f"{CONFIG_MAP}a: |\nb: |+\n\nc: >-\n",
    "plain scalar over lines": f"{CONFIG_MAP}a: x\n  y\n\n  z\nb: w\n",
    "quoted scalar over lines": f"{CONFIG_MAP}a: 'x\n  y\n\n  z'\nb: \"x \\\n  y\"\n",
    "reserved characters": f"{CONFIG_MAP}a: @x\n",
    "backtick": f"{CONFIG_MAP}a: `x`\n",
    "percent": f"{CONFIG_MAP}a: %x\nb: 50%\n",
    "template": f"{CONFIG_MAP}a: {{{{ .Values.x }}}}\n",
    "escapes of quotes": CONFIG_MAP
    + "a: \"it\\'s \\\\'x\\\\\\'\"\nb: it\\'s\nc: 'it\\''s'\nd: |\n  it\\'s\ne: [\"\\'\", x:y]\n",
    "escapes of many quotes": CONFIG_MAP
    + "".join(f'k{n}: "it{_ESCAPED}s, {_ESCAPED}"\n' for n in range(100)),
    "escapes of quotes in quotes": CONFIG_MAP + "a: \"\\'\"\nb: ['x \"it\\''s\" y', \"\\'x\\'\"]\n",
    "escape of a slash": CONFIG_MAP + 'a: "x\\/y"\n',
    "escape of a backslash and a slash": CONFIG_MAP + 'a: "x\\\\/y"\nb: |\n  s/\\//x/\nc: x\\/y\n',
    "unbalanced": f"{CONFIG_MAP}a: [x\n",
    "long key": f"{CONFIG_MAP}{'k' * 2000}: v\n",
    "long explicit key": f"{CONFIG_MAP}? {'k' * 2000}\n: v\n",
    "alias bomb": CONFIG_MAP
    + "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)),
    "many honest aliases": f"{CONFIG_MAP}x: &x {{a: 1, b: [2, 3]}}\ny: [{', '.join(['*x'] * 2000)}]\n",
    "aliases at the limit": f"{CONFIG_MAP}x: &x [{'1, ' * 98}1]\ny: [{', '.join(['*x'] * 98)}]\n",
    "aliases over the limit": f"{CONFIG_MAP}x: &x [{'1, ' * 998}1]\ny: [{', '.join(['*x'] * 998)}]\n",
}

JSONS = {
    "object": _JSON,
    "objects in a row": _JSON + _OTHER_JSON,
    "objects on lines": f"{_JSON}\n{_OTHER_JSON}\n",
    "white space around": f" \r\n\t{_JSON}\n \n",
    "separator between": f"{_JSON}\n---\n{_OTHER_JSON}",
    "YAML behind": f"{_JSON}\n---\n{OTHER}",
    "YAML before": f"{CONFIG_MAP}---\n{_OTHER_JSON}",
    "array": f"[{_JSON}]",
    "trailing comma": _JSON[:-1] + ",}",
    "number sign": _JSON[:-1] + ", # x\n}",
    "slashes": _JSON[:-1] + ", // x\n}",
    "key twice": _JSON[:-1] + ', "data": {"k": "1", "k": "2"}}',
    "surrogate pair": _JSON[:-1] + ', "k": "\\ud83d\\ude00"}',
    "lone surrogates": _JSON[:-1] + ', "k": "\\ud83d", "j": "\\ude00\\ud83d"}',
    "escapes": _JSON[:-1] + ', "k": "\\u0000\\/\\b\\"", "\\u006b\\u006b": 1}',
    "bad escape": _JSON[:-1] + ', "k": "\\x41"}',
    "tab in a string": _JSON[:-1] + ', "k": "a\tb"}',
    "numbers": _JSON[:-1] + ', "k": [0, -0, -0.0, 1.0, 1.50, 1e3, 1E-7, 12345678901234567890, 1e22]}',
    "leading zero": _JSON[:-1] + ', "k": 01}',
    "plus sign": _JSON[:-1] + ', "k": +1}',
    "number too large": f'{_JSON[:-1]}, "k": 1e999}}{_OTHER_JSON}',
    "infinity": _JSON[:-1] + ', "k": Infinity}',
    "literals": _JSON[:-1] + ', "k": [true, false, null]}',
    "literal in capitals": _JSON[:-1] + ', "k": True}',
    "single quotes": _JSON[:-1] + ", 'k': 1}",
    "unfinished": _JSON[:-1],
    "nonsense behind": _JSON + "}",
    "empty": "{}",
    "null behind": _JSON + " null " + _OTHER_JSON,
    "no-break space before": "\u00a0" + _JSON,
    "much white space before": " " * 5000 + _JSON,
    "flow mapping that is no JSON": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
}

_ITEM = "apiVersion: v1, kind: ConfigMap, metadata: {name: a}"
LISTS = {
    "List": f"apiVersion: v1\nkind: List\nitems:\n- {{{_ITEM}}}\n- {{{_ITEM}}}\n",
    "ConfigMapList": "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n- data: {}\n- {}\n",
    "ConfigMapList with types": f"apiVersion: v1\nkind: ConfigMapList\nitems:\n- {{{_ITEM}}}\n",
    "ConfigMapList with a null": "apiVersion: v1\nkind: ConfigMapList\nitems:\n- null\n- metadata: {name: a}\n",
    "any kind with items": f"apiVersion: v1\nkind: Shelf\nitems:\n- {{{_ITEM}}}\n- {{}}\n",
    "List in a List": f"apiVersion: v1\nkind: List\nitems:\n- {{{_ITEM}}}\n- {{kind: List, items: []}}\n",
    "empty List": "apiVersion: v1\nkind: List\nitems: []\n",
    "List of null": "apiVersion: v1\nkind: List\nitems:\n",
    "List of a mapping": "apiVersion: v1\nkind: List\nitems: {}\n",
    "List of a string": "apiVersion: v1\nkind: List\nitems: x\n",
    "List without items": "apiVersion: v1\nkind: List\n",
    "List without a version": f"kind: List\nitems:\n- {{{_ITEM}}}\n- {{}}\n",
    "items without a kind": f"items:\n- {{{_ITEM}}}\n",
    "null item": f"apiVersion: v1\nkind: List\nitems:\n- {{{_ITEM}}}\n- null\n",
    "scalar item": f"apiVersion: v1\nkind: List\nitems:\n- {{{_ITEM}}}\n- x\n",
    "item without a kind": f"apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1}}\n- {{{_ITEM}}}\n",
    "item without a version": f"apiVersion: v1\nkind: List\nitems:\n- {{kind: ConfigMap}}\n- {{{_ITEM}}}\n",
    "item with a bad version": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: a/b/c, kind: ConfigMap}\n",
    "item with half a version": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: a/, kind: ConfigMap}\n",
    "item by alias": f"x: &x {{{_ITEM}}}\napiVersion: v1\nkind: List\nitems: [*x, *x]\n",
    "List with metadata": f"apiVersion: v1\nkind: List\nmetadata: {{resourceVersion: ''}}\nitems:\n- {{{_ITEM}}}\n",
    "List between": f"{CONFIG_MAP}---\napiVersion: v1\nkind: List\nitems: [x]\n---\n{OTHER}",
}

IDENTITIES = {
    "no kind": "apiVersion: v1\nmetadata: {name: a}\n",
    "no version": "kind: ConfigMap\nmetadata: {name: a}\n",
    "no name": "apiVersion: v1\nkind: ConfigMap\n",
    "generated name": "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n",
    "empty kind": "apiVersion: v1\nkind: ''\n",
    "number for a kind": "apiVersion: v1\nkind: 1\n",
    "number for a version": "apiVersion: 1\nkind: ConfigMap\n",
    "version with two slashes": "apiVersion: a/b/c\nkind: ConfigMap\n",
    "kind in other case": "apiVersion: v1\nKind: ConfigMap\n",
    **{
        f"metadata {metadata}": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\n"
        for metadata in (
            "null",
            "x",
            "[]",
            "{name: 1}",
            "{name: yes}",
            "{name: '1'}",
            "{name: null}",
            "{name: [a]}",
            "{namespace: on}",
            "{labels: {a: 'yes'}}",
            "{labels: {a: yes}}",
            "{labels: {a: 1.10}}",
            "{labels: {a: null}}",
            "{labels: [a]}",
            "{labels: null}",
            "{annotations: {a: 1}}",
            "{annotations: {a: {b: c}}}",
            "{annotations: {a: 2001-01-01}}",
            "{finalizers: [a, 1]}",
            "{finalizers: [a, null]}",
            "{finalizers: a}",
            "{generation: 1}",
            "{generation: 1.0}",
            "{generation: 1.5}",
            "{generation: '1'}",
            "{creationTimestamp: null}",
            "{creationTimestamp: 2024-01-02T03:04:05Z}",
            "{creationTimestamp: 2024-01-02}",
            "{creationTimestamp: 2024-13-02T03:04:05Z}",
            "{creationTimestamp: 1}",
            "{ownerReferences: [{name: a, controller: true}]}",
            "{ownerReferences: [{name: a, controller: 'true'}]}",
            "{ownerReferences: [{name: 1}]}",
            "{ownerReferences: [null]}",
            "{ownerReferences: [a]}",
            "{unknown: {a: 1}}",
        )
    },
}

BYTES = {
    "UTF-16 little endian": b"\xff\xfe" + CONFIG_MAP.encode("utf-16-le"),
    "UTF-16 big endian": b"\xfe\xff" + CONFIG_MAP.encode("utf-16-be"),
    "UTF-16, two documents": b"\xff\xfe" + f"{CONFIG_MAP}---\r\n{OTHER}".encode("utf-16-le"),
    "UTF-16, emoji": b"\xff\xfe" + f"{CONFIG_MAP}data: {{k: 😀}}\n".encode("utf-16-le"),
    "UTF-16, JSON": b"\xff\xfe" + _JSON.encode("utf-16-le"),
    "UTF-16, truncated": b"\xff\xfe" + CONFIG_MAP.encode("utf-16-le") + b"#",
    "UTF-16, lone surrogate": b"\xff\xfe" + f"{CONFIG_MAP}a: ".encode("utf-16-le") + b"\x3d\xd8\n\x00",
    "UTF-16 without a mark": CONFIG_MAP.encode("utf-16-le"),
    "Latin-1": f"{CONFIG_MAP}data: {{k: caf\xe9}}\n".encode("latin-1"),
    "Latin-1 in a comment": f"# caf\xe9\n{CONFIG_MAP}".encode("latin-1"),
    "Latin-1 behind a mark": b"\xef\xbb\xbf" + f"{CONFIG_MAP}data: {{k: caf\xe9}}\n".encode("latin-1"),
    "Latin-1 in JSON": f'{_JSON[:-1]}, "k": "caf\xe9"}}'.encode("latin-1"),
    "Latin-1 in JSON behind a mark": b"\xef\xbb\xbf" + f'{_JSON[:-1]}, "k": "caf\xe9"}}'.encode("latin-1"),
    "truncated UTF-8": f"{CONFIG_MAP}a: ".encode() + b"\xf0\x9f\x98\n",
    "overlong UTF-8": f"{CONFIG_MAP}a: ".encode() + b"\xc0\x80\n",
    "surrogate in UTF-8": f"{CONFIG_MAP}a: ".encode() + b"\xed\xa0\x80\n",
    "NUL": f"{CONFIG_MAP}a: \0\n".encode(),
    "NUL in a comment": f"{CONFIG_MAP}# \0\n".encode(),
    "bell": f"{CONFIG_MAP}a: '\a'\n".encode(),
    "delete": f"{CONFIG_MAP}a: \x7f\n".encode(),
    "C1 control": f"{CONFIG_MAP}a: \x81\n".encode(),
    "non-character": f"{CONFIG_MAP}a: \uffff\n".encode(),
    "private use": f"{CONFIG_MAP}a: [\ue000:b, \ue001]\n".encode(),
}

INPUTS: dict[str, bytes] = {
    f"{subject}: {name}": text if isinstance(text, bytes) else text.encode()
    for subject, texts in (
        ("scalar", _typed()),
        ("stream", STREAMS),
        ("structure", STRUCTURES),
        ("JSON", JSONS),
        ("list", LISTS),
        ("identity", IDENTITIES),
        ("bytes", BYTES),
    )
    for name, text in texts.items()
}

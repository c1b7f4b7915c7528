"""The ways in which programs declare settings, one extractor each."""

import re
from collections.abc import Callable, Iterator, Mapping

from cnilint.packs.sources.declaration import Declaration, FormOptions
from cnilint.packs.sources.golang import Constants, GoFile, calls, literal
from cnilint.packs.sources.shapes import custom_resources, gates, structs
from cnilint.regex import regex

_DURATION = regex(r"(?:(\d+)\s*\*\s*)?time\.(Hour|Minute|Second|Millisecond)\Z")
_UNITS = {"Hour": "h", "Minute": "m", "Second": "s", "Millisecond": "ms"}
_NUMBER = regex(r"-?\d+(?:\.\d+)?\Z")
_LONGEST_DEFAULT = 48

#: Types whose values are checked, by what declarations call them; any other type takes any text.
_TYPES = {
    "bool": "bool",
    "boolean": "bool",
    "int": "int",
    "integer": "int",
    "int8": "int",
    "int16": "int",
    "int32": "int",
    "int64": "int",
    "uint": "uint",
    "uint8": "uint",
    "uint16": "uint",
    "uint32": "uint",
    "uint64": "uint",
    "float": "float",
    "float32": "float",
    "float64": "float",
    "duration": "duration",
}


Extractor = Callable[[GoFile, Constants, FormOptions], Iterator[Declaration]]

_METHODS = (
    "Bool|Int|Int8|Int16|Int32|Int64|Uint|Uint8|Uint16|Uint32|Uint64|Float32|Float64|Duration|String|Count"
    "|StringSlice|StringArray|StringToString|StringToInt|IntSlice|IP|IPMask|IPNet|IPSlice|DurationSlice|BoolSlice"
)
_FLAG = regex(
    rf"(\w+)(?:\(\))?\.(?:(?P<type>{_METHODS})(?P<var>Var)?(?P<short>P)?|(?P<any>Var)(?P<anyshort>P)?)\("
)
_FLAG_OWNER = regex(r"(?i)flag|^fs$|^set$|^cmd$")
_MARK = regex(r"\.Mark(Hidden|Deprecated)\(")


def flags(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """Flags of ``flag`` and ``pflag``: ``flags.Bool("name", false, "usage")`` and its variants.

    A call with another number of arguments is one of another library.
    """
    marks = {
        (match[1], constants.text(arguments[0], file))
        for match, arguments in calls(file.text, _MARK)
        if arguments
    }
    for match, arguments in calls(file.text, _FLAG):
        if not _FLAG_OWNER.search(match[1]):
            continue
        at = 1 if match["var"] or match["any"] else 0
        value_at = None if match["any"] else at + (2 if match["short"] else 1)
        expected = (at + 2 if value_at is None else value_at + 2) + bool(match["anyshort"])
        if match["type"] == "Count":
            expected, value_at = expected - 1, None
        name = constants.text(arguments[at], file) if len(arguments) == expected else None
        if name:
            yield Declaration(
                name=name,
                kind=_TYPES.get((match["type"] or "").lower(), ""),
                default=None if value_at is None else _value(arguments[value_at], file, constants),
                hidden=("Hidden", name) in marks,
                deprecated=("Deprecated", name) in marks,
            )


def go_calls(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """Calls of functions that register or read a setting: name first, then default, if there is one.

    ``options.calls`` gives their types; the type ``value`` is that of the default.
    """
    names = "|".join(map(re.escape, options.calls))
    pattern = re.compile(rf"(?<![\w.])({names})(?:\[[\w.]+\])?\(")
    for match, arguments in calls(file.text, pattern):
        name = constants.text(arguments[0], file) if arguments else None
        if name:
            given = arguments[1] if len(arguments) > 1 else ""
            default = _value(given, file, constants)
            kind = options.calls[match[1]]
            if kind == "value":
                kind = _type_of(given, file, constants)
            yield Declaration(name=options.prefix + name, kind=_TYPES.get(kind, ""), default=default)


def go_tags(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """Fields with a struct tag ``key:"NAME"``; a tag with semicolons is ``type;default;options``, named by the field."""
    pattern = re.compile(rf'(?m)^\s*(\w+)\s+(\S[^`\n]*?)\s*`[^`\n]*\b{options.key}:"([^"`]*)"')
    for field_name, go_type, tag in pattern.findall(file.text):
        kind, separated, rest = tag.partition(";")
        if separated:
            default = rest.partition(";")[0]
            name = field_name
            kind = kind.partition("(")[0]
        else:
            name, kind, default = tag.partition(",")[0], go_type.rpartition(".")[2].lower(), None
        if name and name != "-":
            yield Declaration(name=options.prefix + name.upper(), kind=_TYPES.get(kind, ""), default=default)


_FIELD = regex(r"(?m)^\s+([A-Z]\w*)\s+([^`\s][^`\n]*?)\s*(?:`([^`]*)`)?$")
_WORD = regex(r"[A-Z]+(?![a-z])|[A-Z][a-z\d]*|[a-z\d]+")
_FIELD_TAG = regex(r'(\w+):"([^"]*)"')


def go_fields(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """Fields of the struct that ``options.pattern`` names, as https://github.com/kelseyhightower/envconfig reads them.

    A field without the tag ``envconfig`` is named by itself, in capitals.
    """
    for body in re.findall(rf"(?ms)^type (?:{options.pattern}) struct \{{\n(.*?)^\}}", file.text):
        for field_name, go_type, tags in _FIELD.findall(body):
            given = dict(_FIELD_TAG.findall(tags))
            own = "_".join(_WORD.findall(field_name)) if given.get("split_words") == "true" else field_name
            name = options.prefix + given.get("envconfig", own).upper()
            yield Declaration(
                name=name,
                kind=_TYPES.get(go_type.rpartition(".")[2].lower(), ""),
                default=given.get("default"),
                required=given.get("required") == "true",
            )


def go_literals(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """Struct literals ``{Name: "name", Shorthand: "n", Type: "int", DefaultValue: 1}``."""
    for _, cells in calls(file.text, re.compile(r"\{(?=\s*Name:)")):
        row = {key.strip(): value.strip() for key, _, value in (cell.partition(":") for cell in cells)}
        for key in ("Name", "Shorthand"):
            name = constants.text(row.get(key, ""), file)
            if name:
                yield Declaration(
                    name=name,
                    kind=_TYPES.get(literal(row.get("Type", "")) or "", ""),
                    default=_value(row.get("DefaultValue", ""), file, constants),
                )


def go_rows(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """Rows of a table, ``{"NAME", "default", true, ...}``, whose cells ``options.columns`` names."""
    pattern = re.compile(r'(?m)^\s*\{(?=")')
    for _, cells in calls(file.text, pattern):
        row = dict(zip(options.columns, cells, strict=False))
        name = literal(row.get("name", ""))
        if name:
            default = _value(row.get("default", ""), file, constants)
            yield Declaration(
                name=name, default=default, required=row.get("required") == "true" and default == ""
            )


def texts(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """What the group of a pattern finds, in any language; tests at the end of a Rust file do not count."""
    text = file.text.partition("#[cfg(test)]")[0]
    prefix = options.prefix.replace("{folder}", file.package.rpartition("/")[2])
    for name in sorted(set(re.findall(options.pattern, text, re.MULTILINE))):
        yield Declaration(name=prefix + name)


def files(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """The files themselves, as programs that an image has in the folder ``options.prefix``."""
    if re.fullmatch(options.pattern or ".*", file.name):
        yield Declaration(name=options.prefix + file.name)


_DOCUMENTED = regex(r"(?m)^ {2,}(?:-\w, |    )--([\w.-]+)(?: ([\w\[\]=,]+))?  +(.*)$")
_DOCUMENTED_DEFAULT = regex(r'\(default (?:"([^"]*)"|([^\s)]+))\)\s*\Z')
_ZERO = {"bool": "false", "int": "0", "uint": "0", "float": "0", "duration": "0s"}


def cobra_docs(file: GoFile, constants: Constants, options: FormOptions) -> Iterator[Declaration]:
    """The options in a generated command reference; a default that is not printed is the zero value."""
    for name, type_name, usage in _DOCUMENTED.findall(file.text):
        kind = _TYPES.get((type_name or "bool").lower(), "")
        default = _DOCUMENTED_DEFAULT.search(usage)
        value = (
            (default[1] or default[2] or "")
            if default
            else _ZERO.get(kind, "" if type_name == "string" else None)
        )
        yield Declaration(name=name, kind=kind, default=_short(value))


FORMS: Mapping[str, Extractor] = {
    "go-flags": flags,
    "go-calls": go_calls,
    "go-tags": go_tags,
    "go-fields": go_fields,
    "go-literals": go_literals,
    "go-structs": structs,
    "go-gates": gates,
    "go-rows": go_rows,
    "texts": texts,
    "cobra-docs": cobra_docs,
    "crds": custom_resources,
    "files": files,
}


def may_declare(form: str, file: GoFile) -> bool:
    """Whether a file may have declarations of a form: a cheap test, which needs no constants."""
    return form != "go-flags" or _FLAG.search(file.text) is not None


def _value(expression: str, file: GoFile, constants: Constants) -> str | None:
    """The default as a manifest would write it; None where it is computed."""
    text = constants.text(expression, file)
    if text is not None:
        return _short(text)
    plain = constants.value(expression, file)
    if plain in ("true", "false") or _NUMBER.match(plain):
        return plain
    duration = _DURATION.match(plain)
    return f"{duration[1] or 1}{_UNITS[duration[2]]}" if duration else None


def _type_of(expression: str, file: GoFile, constants: Constants) -> str:
    if constants.text(expression, file) is not None:
        return ""
    plain = constants.value(expression, file)
    if plain in ("true", "false"):
        return "bool"
    if _DURATION.match(plain):
        return "duration"
    return "float" if "." in plain and _NUMBER.match(plain) else "int" if _NUMBER.match(plain) else ""


def _short(text: str | None) -> str | None:
    return text if text is not None and len(text) <= _LONGEST_DEFAULT and "\n" not in text else None

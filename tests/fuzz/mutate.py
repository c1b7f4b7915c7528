"""Mutations of texts in lines, for interpreters that atheris does not support."""

from collections.abc import Sequence
from random import Random

_LARGEST = 40_000


def mutated(data: bytes, others: Sequence[bytes], words: Sequence[bytes], random: Random) -> bytes:
    """One to six changes of an input: of bytes, of words, of lines, with pieces of other inputs."""
    for _ in range(random.randint(1, 6)):
        data = random.choice((_bytes, _word, _lines, _lines, _splice, _repeat))(data, others, words, random)
    return data[:_LARGEST]


def _bytes(data: bytes, _others: Sequence[bytes], _words: Sequence[bytes], random: Random) -> bytes:
    place = random.randrange(len(data) + 1)
    new = bytes(
        random.choice(b" \n\t:-{}[]\"'&*!|>%@`#,?~\0\x1b\xff\xefaA0") for _ in range(random.randint(0, 3))
    )
    return data[:place] + new + data[place + random.randint(0, 3) :]


def _word(data: bytes, _others: Sequence[bytes], words: Sequence[bytes], random: Random) -> bytes:
    if not words:
        return data
    parts = data.split(b" ")
    place = random.randrange(len(parts))
    parts[place : place + random.randint(0, 1)] = [random.choice(words)]
    return b" ".join(parts)


def _lines(data: bytes, _others: Sequence[bytes], _words: Sequence[bytes], random: Random) -> bytes:
    lines = data.split(b"\n")
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    action = random.randrange(4)
    if action == 0:
        del lines[first : first + random.randint(1, 3)]
    elif action == 1:
        lines.insert(first, lines[second])
    elif action == 2:
        lines[first], lines[second] = lines[second], lines[first]
    else:
        lines[first] = b" " * random.randint(0, 6) + lines[first].lstrip()
    return b"\n".join(lines)


def _splice(data: bytes, others: Sequence[bytes], _words: Sequence[bytes], random: Random) -> bytes:
    lines, foreign = data.split(b"\n"), random.choice(others).split(b"\n")
    start = random.randrange(len(foreign))
    place = random.randrange(len(lines) + 1)
    return b"\n".join([*lines[:place], *foreign[start : start + random.randint(1, 12)], *lines[place:]])


def _repeat(data: bytes, _others: Sequence[bytes], _words: Sequence[bytes], random: Random) -> bytes:
    if random.random() < 0.7 or not data:
        return data
    start = random.randrange(len(data))
    piece = data[start : start + random.randint(1, 20)]
    return data[:start] + piece * random.choice((2, 10, 100, 1000)) + data[start:]

"""Read one file as the program does and print what became of it: the child process of ``test_hostile``."""

import json
import sys
from pathlib import Path
from resource import RLIMIT_AS, RLIMIT_CPU, setrlimit

from cnilint.document import plain, read, walk
from cnilint.manifest.object import objects

CPU_SECONDS = 20
MEMORY = 3 << 30


def main(file: Path) -> None:
    setrlimit(RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    setrlimit(RLIMIT_AS, (MEMORY, MEMORY))
    documents = read("f", file.read_bytes())
    found = [obj for document in documents for obj in objects(document)]
    for document in documents:
        if document.root is not None:
            plain(document.root)
            for node in walk(document.root):
                assert node.span.line >= document.line
    diagnostics = [
        fault for document in documents for fault in (document.broken, *document.diagnostics) if fault
    ]
    summary = {
        "documents": len(documents),
        "objects": len(found),
        "codes": sorted({fault.code for fault in diagnostics}),
        "longest_message": max((len(str(fault.message)) for fault in diagnostics), default=0),
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

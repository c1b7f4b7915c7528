"""Part of a stream is dropped or refused by kubectl.

kubectl cuts a stream at lines that begin with `---`, reads one document of each piece, and forgets what follows an
end marker `...`; text behind `---` makes it refuse the stream.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: first}
...
apiVersion: v1
kind: ConfigMap
metadata: {name: second}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: first}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: second}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext, of_the_text
from cnilint.diagnostics.model import Problem

CODE = "CNI125"


def find(context: CheckContext) -> Iterator[Problem]:
    return of_the_text(context, CODE)

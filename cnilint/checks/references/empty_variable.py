"""An env entry has neither `value` nor `valueFrom`.

It is legal and sets the variable to the empty string. It is also what a half-owned entry looks like after a
server-side apply took the value away and left the name.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - name: LEVEL
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  containers:
  - name: agent
    env:
    - {name: LEVEL, value: ""}
```
"""

from collections.abc import Iterator

from cnilint.checks.context import CheckContext
from cnilint.checks.references.malformed_reference import malformed
from cnilint.diagnostics.model import Problem

CODE = "CNI113"


def find(context: CheckContext) -> Iterator[Problem]:
    return malformed(context, CODE, empty=True)

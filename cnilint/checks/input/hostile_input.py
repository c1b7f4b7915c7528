"""A document exceeds a limit of the readers: an alias bomb, nesting, size, or bytes that are not UTF-8.

The limits are those of the API machinery, such as the expansion of aliases and 10,000 levels of nesting. kubectl reads a
file that is not UTF-8 with its bytes replaced, which is rarely what was meant.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  a: &a [x, x, x, x, x, x, x, x, x, x]
  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
  c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
  d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
  e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
  f: [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {}
```
"""

from cnilint.findings.codes import Code

CODE = Code(
    code="CNI902",
    name="hostile-input",
    severity="error",
    summary="The file exceeds a limit of size, nesting, aliases or encoding.",
    effect="Nothing in it is checked, and what it may define makes its environment unverifiable.",
)

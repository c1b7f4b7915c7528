"""A document breaks a limit of the readers: an alias bomb, nesting, size, or bytes that are no UTF-8.

The limits are those of the API machinery: aliases may expand so far, nesting may go 10,000 levels deep. A file that
is no UTF-8 is taken by kubectl with its bytes replaced, which is rarely what was meant.

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

"""A ConfigMap or Secret has a key or a name that the API server refuses, or more than 1 MiB of data.

So has any object whose metadata is of the wrong type: labels that are a list, a time that is none.

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {"app config": ""}
```

```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {app-config: ""}
```
"""

CODE = "CNI123"

"""The Kubernetes version of a cluster."""

import re

from cnilint.cluster.client import ClusterClient
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.ssa.typed.values import text_at


def server_version(client: ClusterClient) -> str | None:
    """Major and minor, such as ``1.30``; None where the server does not tell them. Raises UsageError as the client does.

    A provider may write ``30+``: https://pkg.go.dev/k8s.io/apimachinery/pkg/version#Info
    """
    try:
        info = client.get("/version")
    except (Refused, NotThere):
        return None
    parts = [re.match(r"\d{1,4}", text_at(info, name), re.ASCII) for name in ("major", "minor")]
    return ".".join(part[0] for part in parts if part) if all(parts) else None

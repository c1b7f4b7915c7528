"""The connection that a kubeconfig, or the pod that cnilint runs in, describes."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cnilint.cluster.client import ClientLimits, ClusterClient
from cnilint.cluster.parallel import CONNECTIONS
from cnilint.cluster.plugin import plugin_credentials
from cnilint.errors import UsageError

if TYPE_CHECKING:
    from kubernetes.client import Configuration
    from kubernetes.config.kube_config import ConfigNode

_DEFAULT = "~/.kube/config"
_SUPPORTED_PROVIDER = "oidc"
"""kubectl 1.26 removed the others: https://kubernetes.io/blog/2022/11/18/upcoming-changes-in-kubernetes-1-26/"""


@contextmanager
def connect(context: str | None, limits: ClientLimits | None = None) -> Iterator[ClusterClient]:
    """A client of the cluster of a context, None for the current one. Raises UsageError.

    A kubeconfig comes before the service account of a pod, as for kubectl. The certificates that it contains are in
    files while the client is open: TLS takes no others.
    """
    try:
        from kubernetes.client import Configuration
        from urllib3 import disable_warnings
        from urllib3.exceptions import InsecureRequestWarning
    except ImportError:
        raise UsageError(
            "--cluster needs the Kubernetes client", "install it with: pip install 'cnilint[cluster]'"
        ) from None
    # A kubeconfig that switches verification off says so itself; kubectl does not warn either.
    disable_warnings(InsecureRequestWarning)
    with TemporaryDirectory(prefix="cnilint-") as folder:
        configuration = Configuration()
        configuration.connection_pool_maxsize = CONNECTIONS
        _configure(configuration, context, folder)
        client = ClusterClient(configuration, limits or ClientLimits())
        try:
            yield client
        finally:
            client.close()


def _configure(configuration: "Configuration", context: str | None, folder: str) -> None:
    from kubernetes.config.config_exception import ConfigException
    from yaml import YAMLError

    try:
        _load(configuration, context, folder)
    except ConfigException as error:
        raise UsageError(f"cannot read the kubeconfig: {_first_line(error)}") from None
    except (YAMLError, UnicodeDecodeError):
        # Its text quotes the file, which holds credentials.
        raise UsageError("cannot read the kubeconfig: it is not valid YAML") from None
    except OSError as error:
        raise UsageError(f"cannot read the kubeconfig: {error.strerror}: {error.filename}") from None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise UsageError("cannot read the kubeconfig: it does not have the structure of one") from None


def _load(configuration: "Configuration", context: str | None, folder: str) -> None:
    from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

    merged = KubeConfigMerger(os.environ.get("KUBECONFIG") or _DEFAULT).config
    if merged is None:
        if context is not None or "KUBERNETES_SERVICE_HOST" not in os.environ:
            raise UsageError(
                "no cluster is configured: there is no kubeconfig", "set KUBECONFIG, or create ~/.kube/config"
            )
        _load_pod(configuration)
        return
    name = context or merged.safe_get("current-context")
    if not name:
        raise UsageError("the kubeconfig has no current context", "name one with --context")
    _use_plugin(merged, _named(merged, "contexts", name, "context"))
    loader = KubeConfigLoader(
        config_dict=merged, active_context=name, config_base_path=None, temp_file_path=folder
    )
    loader.load_and_set(configuration)


def _load_pod(configuration: "Configuration") -> None:
    """The connection of the pod that cnilint runs in, with its service account."""
    from kubernetes.config import load_incluster_config
    from kubernetes.config.config_exception import ConfigException

    try:
        load_incluster_config(client_configuration=configuration)
    except ConfigException as error:
        raise UsageError(f"cannot use the service account of the pod: {_first_line(error)}") from None


def _use_plugin(merged: "ConfigNode", context: Mapping[str, object]) -> None:
    """Replaces a user with an exec plugin by one with its credentials.

    The library would start the plugin itself, without a time limit and without client certificates of version v1.
    """
    name = context.get("user")
    if not name:
        return
    node = _entry(merged, "users", str(name))
    user = node.value.get("user") or {}
    provider = (user.get("auth-provider") or {}).get("name")
    if provider not in (None, _SUPPORTED_PROVIDER):
        raise UsageError(f"kubeconfig: the auth-provider `{provider}` is obsolete", "use an exec plugin")
    if not user.get("exec") or user.get("token") or user.get("tokenFile"):
        return
    cluster = _named(merged, "clusters", str(context.get("cluster")), "cluster")
    folder = Path(node.path).absolute().parent
    node.value["user"] = {**_without_plugin(user), **plugin_credentials(user["exec"], folder, cluster)}


def _without_plugin(user: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in user.items() if name != "exec"}


def _named(merged: "ConfigNode", part: str, name: str, member: str) -> Mapping[str, Any]:
    value = _entry(merged, part, name).value.get(member)
    return value if isinstance(value, dict) else {}


def _entry(merged: "ConfigNode", part: str, name: str) -> "ConfigNode":
    found = merged[part].get_with_name(name, safe=True)
    if found is None:
        raise UsageError(f"the kubeconfig has no {part.removesuffix('s')} `{name}`")
    return found


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]

"""What a server-side apply of a manifest would do, asked of the API server: nothing is stored."""

from cnilint.cluster.client import ClusterClient, DryRunAnswer
from cnilint.cluster.discovery import object_path
from cnilint.cluster.model import WantedObject
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.cluster.secretkeys import TABLE, secret_of
from cnilint.ssa.schema.kinds import kinds
from cnilint.ssa.typed.values import JsonObject, objects_at, text_at

_ABSENT = 404


def dry_run_apply(
    client: ClusterClient, one: WantedObject, manifest: JsonObject, manager: str, force: bool
) -> JsonObject:
    """The object as the server would store it after a server-side apply of ``manifest``, with managedFields.

    ``manifest`` is sent as it is. Of a Secret the server answers without values, with the keys that have an owner.
    Raises Refused where the server refuses the apply, with its reason (of a Secret without its values) or where it does
    not say that it knows dry runs of this kind; NotThere where it does not serve the kind or has no such namespace; and
    UsageError as the client does.
    """
    resource = client.discovery.resource(one.api_version, one.kind)
    path = object_path(one, resource)
    if not kinds().builtin(one.api_version, one.kind):
        _require_dry_run(client, one)
    is_secret = one.kind == "Secret" and one.api_version == "v1"
    if not is_secret:
        answer = client.dry_run(path, manifest, manager=manager, force=force)
        return _stored(answer, text_at(answer.value, "message"))
    answer = client.dry_run(path, manifest, manager=manager, force=force, accept=TABLE)
    return secret_of(_stored(answer, _without_values(answer.value)))


def _require_dry_run(client: ClusterClient, one: WantedObject) -> None:
    if not client.discovery.takes_dry_run(one.api_version, one.kind):
        raise Refused(f"the server does not say that it takes dry runs of {one.kind} of `{one.api_version}`")


def _stored(answer: DryRunAnswer, why: str) -> JsonObject:
    if answer.status < 300:
        return answer.value
    if answer.status == _ABSENT:
        raise NotThere(why)
    raise Refused(why or f"status {answer.status}")


def _without_values(status: JsonObject) -> str:
    """Why a Secret is refused, without the message, which can quote its values: the reason, and the fields."""
    causes = objects_at(status, "details", "causes")
    fields = sorted({field for cause in causes if (field := text_at(cause, "field"))})
    reason = text_at(status, "reason")
    return f"{reason}: {', '.join(fields)}" if reason and fields else reason

"""What the API server says to the predicted applies, as dry runs by the applier's manager."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.cluster.client import ClusterClient
from cnilint.cluster.dryrun import dry_run_apply
from cnilint.cluster.model import WantedObject
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.diagnostics.wording import quantity
from cnilint.ownership.model import DryRunOutcome, ObjectAudit
from cnilint.ownership.predict.apply import sent_manifest
from cnilint.ownership.predict.dryrun import differing_fields
from cnilint.regex import regex
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.typed.values import JsonObject

_NO_RIGHT = regex(r'is forbidden: User ".*" cannot (?:patch|create) resource "([^"]*)"')
"""How the API server says that RBAC denies a request. What admission denies is a refusal of the apply itself."""


class DryRuns(NamedTuple):
    """The audits with the answers of the server, how many there are, and what was not tried."""

    audits: tuple[ObjectAudit, ...]
    tried: int
    notices: tuple[str, ...]


def dry_runs(client: ClusterClient, audits: Sequence[ObjectAudit], kinds: Kinds) -> DryRuns:
    """Asks for every predicted apply. Raises UsageError as the client does."""
    asking = _Asking(client=client, kinds=kinds)
    answered = tuple(asking.answered(audit) for audit in audits)
    notices = tuple(
        f"not tried as a dry run: {quantity(number, 'object')}, because {why}"
        for why, number in asking.untried.items()
    )
    return DryRuns(answered, sum(audit.answer is not None for audit in answered), notices)


class _Asking(Struct, kw_only=True):
    """Asks for one object after another; ``untried`` counts those that were not, by the reason."""

    client: ClusterClient
    kinds: Kinds
    untried: Counter[str] = field(default_factory=Counter)

    def answered(self, audit: ObjectAudit) -> ObjectAudit:
        if audit.manifest is None or audit.is_skipped:
            return audit
        sent, why = _sent(audit)
        if sent is None:
            self.untried[why] += 1
            return audit
        try:
            answer = self._ask(audit, sent)
        except NotThere as error:
            self.untried[str(error) or "the server does not serve the kind"] += 1
            return audit
        return audit if answer is None else replace(audit, answer=answer)

    def _ask(self, audit: ObjectAudit, sent: JsonObject) -> DryRunOutcome | None:
        """The answer; None where the server says only that it may not be asked."""
        tool, obj = audit.applier, audit.live.obj
        assert tool is not None
        wanted = WantedObject(
            api_version=obj.api_version, kind=obj.kind, namespace=obj.namespace, name=obj.name
        )
        try:
            value = dry_run_apply(self.client, wanted, sent, tool.manager, tool.force)
        except Refused as error:
            return self._refused(str(error))
        written = audit.prediction.written if audit.prediction is not None else None
        return DryRunOutcome(
            differs=() if written is None else differing_fields(written.value, value, self.kinds)
        )

    def _refused(self, why: str) -> DryRunOutcome | None:
        denied = _NO_RIGHT.search(why)
        if denied is None:
            return DryRunOutcome(refused=" ".join(why.split()))
        self.untried[f"`patch` on `{denied[1]}` is forbidden"] += 1
        return None


def _sent(audit: ObjectAudit) -> tuple[JsonObject | None, str]:
    """What the tool sends; else why that is not one request that can be tried."""
    tool = audit.applier
    desired = audit.manifest.value if audit.manifest is not None else None
    if tool is None or audit.prediction is None or desired is None:
        return None, "it is not predicted"
    if audit.live.is_secret:
        return None, "the values of Secrets are not kept"
    sent = sent_manifest(tool, audit.live, desired)
    return sent, "" if sent is not None else f"`{tool.manager}` does more than a server-side apply"

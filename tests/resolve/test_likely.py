"""What a reference to an absent object probably means, and which doubts that evidence outweighs."""

import pytest

from cnilint.resolve.outcome import Outcome, Resolution
from tests.resolve.conftest import env, env_from, objects, pod, resolutions, secret

READER = pod(env_from("secretRef", "web-login"), "shop")
"""It reads the absent Secret ``web-login``."""
KEYED = pod(env("secretKeyRef", "web-login", "password"), "shop")
LOGIN = secret("web", "user password", "shop")
OTHER = secret("mail", "user password", "shop")
BROKEN = "apiVersion: v1\nkind: Secret\nmetadata: {name: anything}\nstringData: [open\n"
"""A document that may define any object."""

KAFKA = """\
apiVersion: kafka.strimzi.io/v1beta2
kind: Kafka
metadata: {name: lab, namespace: shop}
spec: {kafka: {replicas: 1}}
"""
FOUND = {
    "a slip": (READER, secret("web-logni", "user", "shop"), "web-logni"),
    "the only one with the key, by the first words": (KEYED, LOGIN, "web"),
    "nothing reads it, and it says the same": (
        READER,
        secret("web-login-credentials", "user", "shop"),
        "web-login-credentials",
    ),
    "what has the resource's name is made under another": (
        READER,
        """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web-login, namespace: shop}
spec: {target: {name: enrolled}, data: [{secretKey: user, remoteRef: {key: user}}]}
""",
        "enrolled",
    ),
    "nothing beside reads it, and it begins so": (
        READER,
        secret("web-login-relay", "user", "shop"),
        "web-login-relay",
    ),
    "others read the key from it": (
        KEYED,
        objects(
            """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: shop}
spec: {dataFrom: [{extract: {key: web}}]}
""",
            pod(env("secretKeyRef", "web", "password"), "shop", "reader"),
        ),
        "web",
    ),
    "the volume is called like it": (
        pod("{volumes: [{name: session, secret: {secretName: web-login}}], containers: [{name: a}]}", "shop"),
        secret("session", "user", "shop"),
        "session",
    ),
    "it is made of a resource of another name": (
        pod(env("secretKeyRef", "web-cluster-ca-cert", "ca.crt"), "shop"),
        KAFKA,
        "lab-cluster-ca-cert",
    ),
    "a key has that name": (READER, secret("mail", "web-login", "shop"), "mail"),
}
NOT_FOUND = {
    "read from a related name that is absent as well": (
        KEYED,
        pod(env("secretKeyRef", "web-mail", "password"), "shop", "reader"),
    ),
    "another word": (READER, secret("mail-relay", "user", "shop")),
    "the key in an unrelated object": (KEYED, OTHER),
    "the key in another namespace": (KEYED, secret("web", "password", "mail")),
    "read by somebody": (
        READER,
        objects(
            secret("web-login-credentials", "user", "shop"),
            pod(env_from("secretRef", "web-login-credentials"), "shop", "reader"),
        ),
    ),
    "two that say the same": (
        READER,
        objects(secret("web-login-credentials", "user", "shop"), secret("web-login-secret", "user", "shop")),
    ),
    "the volume is called like what somebody reads": (
        pod("{volumes: [{name: session, secret: {secretName: web-login}}], containers: [{name: a}]}", "shop"),
        objects(secret("session", "user", "shop"), pod(env_from("secretRef", "session"), "shop", "reader")),
    ),
    "it is made of two resources of other names": (
        pod(env("secretKeyRef", "web-cluster-ca-cert", "ca.crt"), "shop"),
        objects(KAFKA, KAFKA.replace("lab", "den")),
    ),
    "one word of the end of what is made": (
        pod(env("secretKeyRef", "web-cert", "ca.crt"), "shop"),
        KAFKA,
    ),
    "a key of one word": (
        pod(env_from("secretRef", "token"), "shop"),
        secret("mail", "token", "shop"),
    ),
}


def _absent(files: dict[str, str]) -> Resolution:
    """The resolution of the reference of ``READER`` or ``KEYED``."""
    return next(each for each in resolutions(files) if each.reference.owner.name == "agent")


@pytest.mark.parametrize("case", FOUND)
def test_evidence_names_one_object(case: str) -> None:
    reader, defined, name = FOUND[case]
    likely = _absent({"app/all.yaml": objects(reader, defined)}).likely
    assert likely is not None
    assert (likely.kind, likely.name, likely.despite) == ("Secret", name, "")
    assert f"`{name}`" in likely.why


@pytest.mark.parametrize("case", NOT_FOUND)
def test_no_evidence(case: str) -> None:
    assert _absent({"app/all.yaml": objects(*NOT_FOUND[case])}).likely is None


@pytest.mark.parametrize("case", FOUND)
def test_evidence_outweighs_what_may_define_anything(case: str) -> None:
    reader, defined, name = FOUND[case]
    found = _absent({"app/all.yaml": objects(reader, defined), "app/more.yaml": BROKEN})
    assert found.outcome is Outcome.MISSING_OBJECT
    assert found.likely is not None
    assert found.likely.name == name
    assert found.likely.despite == "a document could not be read"


@pytest.mark.parametrize("case", NOT_FOUND)
def test_without_evidence_it_may_be_defined(case: str) -> None:
    found = _absent({"app/all.yaml": objects(*NOT_FOUND[case]), "app/more.yaml": BROKEN})
    assert found.outcome is Outcome.UNVERIFIABLE


@pytest.mark.parametrize("case", FOUND)
def test_a_doubt_about_that_name_outweighs_the_evidence(case: str) -> None:
    reader, defined, _ = FOUND[case]
    files = {"app/all.yaml": objects(reader, defined)}
    files["app/more.yaml"] = BROKEN.replace("anything", _absent(files).reference.name)
    assert _absent(files).outcome is Outcome.UNVERIFIABLE


def _read_from(name: str, count: int) -> dict[str, str]:
    reader = pod(env("secretKeyRef", name, "password"))
    return {f"jobs/job-{number}.yaml": reader for number in range(count)}


@pytest.mark.parametrize(("others", "name"), [(3, "web"), (2, None)])
def test_three_files_that_read_the_key_agree_on_the_name(others: int, name: str | None) -> None:
    files = {"jobs/all.yaml": pod(env("secretKeyRef", "web-secret", "password")), **_read_from("web", others)}
    found = next(each for each in resolutions(files) if each.reference.name == "web-secret")
    assert (found.likely and found.likely.name) == name


@pytest.mark.parametrize(("others", "name"), [(2, "web"), (1, None)])
def test_two_files_agree_on_a_name_that_resolves(others: int, name: str | None) -> None:
    files = {
        "jobs/all.yaml": objects(pod(env("secretKeyRef", "web-secret", "relay"), "jobs")),
        "core/all.yaml": secret("web", "relay"),
        **{
            f"one/job-{number}.yaml": pod(env("secretKeyRef", "web", "relay"), "core")
            for number in range(others)
        },
    }
    found = next(each for each in resolutions(files) if each.reference.name == "web-secret")
    assert (found.likely and found.likely.name) == name


@pytest.mark.parametrize(("count", "name"), [(3, "mail"), (2, None)])
def test_three_files_that_define_the_key_agree_on_the_name(count: int, name: str | None) -> None:
    """``web`` is defined for other environments, without the key; everything that has it is called ``mail``."""
    environments = ("one", "two", "three")[:count]
    files = {
        f"core/{place}/all.yaml": objects(secret("web", "user"), secret("mail", "relay"))
        for place in environments
    }
    reader = pod(env("secretKeyRef", "web", "relay"), "shop")
    files["jobs/all.yaml"] = reader.replace("shop", "jobs")
    found = next(each for each in resolutions(files) if each.reference.name == "web")
    assert (found.likely and found.likely.name) == name

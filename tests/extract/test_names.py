"""What kustomize does to names, in the facts of a build."""

from cnilint.document import Span
from cnilint.extract.names import with_names, without_variables
from cnilint.render.kustomize import Build, Name
from tests.objects import facts_in

POD = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: c, envFrom: [{configMapRef: {name: settings}}]}]
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new-settings}\n"
SEALED = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: new-db}\n"
NAME = Name("ConfigMap", None, "new-settings")


def test_definition_has_its_hash_and_its_earlier_names() -> None:
    built = _build(hashed=frozenset((NAME,)), renamed={NAME: ("settings",)})
    (found,) = with_names(facts_in(SETTINGS), built)[0].definitions
    assert (found.hashed, found.earlier) == (True, ("settings",))


def test_output_with_the_name_of_its_producer_is_renamed_with_it() -> None:
    built = _build(renamed={Name("SealedSecret", None, "new-db"): ("db",)})
    (found,) = with_names(facts_in(SEALED), built)[0].definitions
    assert (found.hashed, found.earlier) == (False, ("db",))


def test_reference_is_followed_where_the_build_says_so() -> None:
    facts = facts_in(POD)
    (reference,) = facts[0].stated.references
    for places in (frozenset((reference.name_span,)), frozenset[Span]()):
        built = _build(hashed=frozenset((NAME,)), followed=places)
        (found,) = with_names(facts, built)[0].stated.references
        assert found.followed is bool(places)


def test_variables_of_the_build_are_no_expansions() -> None:
    text = POD.replace("envFrom: [", 'args: ["$(A) $(B)"], env: [{name: V, value: "$(A)-$(B)"}], envFrom: [')
    (container,) = without_variables(facts_in(text), _build(variables=frozenset(("A",))))[0].stated.containers
    assert [name for variable in container.variables for name, _ in variable.uses] == ["B"]
    assert [name for name, *_ in container.expansions] == ["B"]


def _build(**fields: object) -> Build:
    return Build(root="", objects=(), used=frozenset(), bases=frozenset(), **fields)

from services.cognito.actions import AddToGroup, RemoveFromGroup
from services.cognito.models import PersonRef
from services.people.memberships import access, adding, copy_plan, removing
from services.store.applications import Application

ANN = PersonRef("ann", "sub-ann", "ann@example.org")


def application(name, allowed, roles=None):
    return Application(
        "pool", name, "client", allowed_groups=tuple(allowed), group_roles=roles or {}, id=name
    )


def test_copying_adds_what_is_missing_and_removes_nothing():
    plan = copy_plan(("audit", "billing", "ops"), ("billing", "own"), "eu-1_abc")
    assert plan.add == ("audit", "ops")
    assert plan.already == ("billing",)
    assert plan.problem == ""


def test_automatic_groups_of_sign_in_providers_are_not_copied():
    plan = copy_plan(("eu-1_abc_Google", "audit"), (), "eu-1_abc")
    assert plan.add == ("audit",)
    assert plan.left_out == ("eu-1_abc_Google",)


def test_more_than_100_groups_are_refused_before_anything_is_sent():
    plan = copy_plan([f"g{n}" for n in range(60)], [f"h{n}" for n in range(41)], "p")
    assert plan.problem == "They would be in 101 groups; Cognito allows 100."
    assert not copy_plan([f"g{n}" for n in range(60)], [f"h{n}" for n in range(40)], "p").problem


def test_changes_name_the_person_and_the_group():
    assert adding(ANN, ["a"]) == [AddToGroup(ANN, "a")]
    assert removing(ANN, ["a"]) == [RemoveFromGroup(ANN, "a")]


def test_access_says_through_which_group_and_as_which_role():
    apps = [
        application("Billing", ["billing", "ops"], {"ops": "Editor"}),
        application("Wiki", []),
        application("CRM", ["sales"]),
    ]
    billing, wiki, crm = access(["ops", "billing"], apps)
    assert billing.allowed
    assert billing.through == ("ops", "billing")
    assert billing.roles == ("Editor",)
    assert not wiki.allowed
    assert not crm.allowed

"""Operators are found whatever the case of their name; their password hashes are sealed."""

import pytest

from services.errors import NameTaken, RecordNotFound, SealBroken
from services.roles import Role
from services.store.columns import utc_now
from tests.fixtures.store import PASSWORD_HASH


def test_operators_are_found_whatever_the_case_of_their_username(store, cast):
    assert store.operators.by_username(" ANN ") == cast["ann"]
    assert store.operators.by_username("nobody") is None
    assert [operator.username for operator in store.operators.list()] == ["ada", "ann", "max", "sam"]
    assert store.operators.get(cast["sam"].id).role is Role.SUPPORT


def test_usernames_are_unique(store, cast):
    with pytest.raises(NameTaken, match="ANN"):
        store.operators.add(username="ANN", name="Other", role=Role.AUDITOR)
    with pytest.raises(NameTaken):
        store.operators.update(cast["sam"].id, username="ann")


def test_an_operator_can_be_changed(store, cast):
    changed = store.operators.update(cast["sam"].id, role=Role.MANAGER, disabled=True, email="s@x")
    assert (changed.role, changed.disabled, changed.email, changed.name) == (
        Role.MANAGER,
        True,
        "s@x",
        "Sam",
    )
    assert store.operators.update(cast["sam"].id, disabled=False).disabled is False


def test_a_hash_can_be_read_replaced_and_taken_away(store, cast):
    ann = cast["ann"].id
    assert store.operators.password_hash(ann) == PASSWORD_HASH
    store.operators.set_password_hash(ann, "$2b$other")
    assert store.operators.password_hash(ann) == "$2b$other"
    store.operators.set_password_hash(ann, "")
    assert store.operators.password_hash(ann) == ""


def test_a_hash_copied_to_another_operator_opens_no_door(store, cast):
    with store.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE operators SET password_hash = (SELECT password_hash FROM operators WHERE username='ada')"
        )
    with pytest.raises(SealBroken):
        store.operators.password_hash(cast["ann"].id)


def test_only_administrators_who_can_sign_in_count(store, cast):
    assert store.operators.count_admins() == 1
    store.operators.add(username="invited", name="No password yet", role=Role.ADMIN)
    assert store.operators.count_admins() == 1
    store.operators.update(cast["max"].id, role=Role.ADMIN)
    assert store.operators.count_admins() == 2
    store.operators.update(cast["ann"].id, disabled=True)
    assert store.operators.count_admins() == 1


def test_what_is_gone_is_said_to_be_gone(store, cast):
    store.operators.delete(cast["ann"].id)
    for call in (store.operators.get, store.operators.delete, store.operators.password_hash):
        with pytest.raises(RecordNotFound):
            call(cast["ann"].id)
    with pytest.raises(RecordNotFound):
        store.operators.update(cast["ann"].id, name="x")
    with pytest.raises(RecordNotFound):
        store.operators.set_password_hash(cast["ann"].id, "x")


def altered(store, change):
    with store.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE operators SET {change} WHERE username = 'sam'")
    return store.operators.by_username("sam")


@pytest.mark.parametrize(
    "change", ["role = 'admin'", "username_key = 'sam2'", "provider_id = 'x', subject = 'y'", "seal = NULL"]
)
def test_an_operator_changed_past_the_console_is_kept_out(store, cast, change):
    store.operators.update(cast["max"].id, last_sign_in=utc_now())
    assert not store.operators.get(cast["sam"].id).altered
    sam = altered(store, change) or store.operators.get(cast["sam"].id)
    assert (sam.altered, sam.disabled) == (True, True)
    with pytest.raises(SealBroken, match="past the console"):
        store.operators.update(sam.id, name="Sam")
    assert not store.operators.get(cast["max"].id).altered


def test_one_who_is_let_in_past_the_console_stays_out(store, cast):
    store.operators.update(cast["sam"].id, disabled=True)
    sam = altered(store, "disabled = FALSE")
    assert (sam.altered, sam.disabled) == (True, True)


def test_an_administrator_made_past_the_console_does_not_count(store, cast):
    altered(store, "role = 'admin'")
    assert store.operators.count_admins() == 1


def test_the_seal_of_another_is_none(store, cast):
    altered(store, "role = 'admin', seal = (SELECT seal FROM operators WHERE username = 'ann')")
    assert store.operators.get(cast["sam"].id).altered


def test_an_altered_operator_is_confirmed_with_a_role(store, cast):
    altered(store, "role = 'admin'")
    sam = store.operators.confirm(cast["sam"].id, Role.SUPPORT)
    assert (sam.role, sam.altered, sam.disabled) == (Role.SUPPORT, False, False)

"""Where it is set so, whoever started a review doesn't sign it off."""

from __future__ import annotations

import pytest

from services.audits.reviews.sign_off import SignOffRule
from services.errors import NotPermitted
from services.store.activity import Why
from services.store.operators import Operator
from services.store.store import Store
from tests.services.audits.reviews.reviewed import acting, crowd, stage_of, taken


def test_another_than_the_starter_signs_off(store: Store, cast: dict[str, Operator]) -> None:
    stage = stage_of(store, cast)
    campaign = stage.start(taken(crowd(2), {"billing": ["p0", "p1"]}), "sam")  # by ada
    SignOffRule(by_another=True).keep(store, acting(cast["ann"])(), Why())
    with pytest.raises(NotPermitted, match="another operator has to sign it off"):
        stage.as_("ada").close(campaign.id)
    assert store.campaigns.get(campaign.id).is_open
    assert stage.as_("max").close(campaign.id).closed_by_name == "max"


def test_only_administrators_set_it_and_the_log_says_so(store: Store, cast: dict[str, Operator]) -> None:
    with pytest.raises(NotPermitted):
        SignOffRule(by_another=True).keep(store, acting(cast["max"])(), Why())
    assert SignOffRule.stored(store) == SignOffRule()
    SignOffRule(by_another=True).keep(store, acting(cast["ann"])(), Why(reason="Four eyes"))
    (line,) = store.activity.search(action="change_setting")
    assert (line.target_name, line.after) == ("Sign-off of reviews", {"by_another": True})

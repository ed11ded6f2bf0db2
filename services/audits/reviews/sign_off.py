"""Who may sign a review off: set once for the whole console by an administrator."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self

from services.errors import NotPermitted
from services.roles import Actor, Permission
from services.store.activity import NewActivity, Why, only_changed
from services.store.campaign_records import Campaign
from services.store.store import Store

_KEY = "review_sign_off"


@dataclass(frozen=True, slots=True)
class SignOffRule:
    """`by_another`: whoever started a review doesn't sign it off, too."""

    by_another: bool = False

    @classmethod
    def stored(cls, store: Store) -> Self:
        """The rule as it is kept, else the usual one."""
        return cls(**(store.settings.get(_KEY) or {}))

    def keep(self, store: Store, actor: Actor, why: Why) -> None:
        """Keep this rule and write it into the log. Raises `NotPermitted`."""
        actor.require(Permission.CONFIGURE)
        before, after = only_changed(asdict(SignOffRule.stored(store)), asdict(self))
        new = NewActivity(
            actor,
            "change_setting",
            target_kind="setting",
            target_name="Sign-off of reviews",
            before=before,
            **why,
        )
        with store.activity.audited(new) as line:
            store.settings.set(_KEY, asdict(self))
            line.after = after

    def why_not(self, campaign: Campaign, operator_id: str) -> str:
        """Why this operator may not sign the review off, as a sentence; "" when they may."""
        if self.by_another and campaign.created_by == operator_id:
            return "You started this review, and another operator has to sign it off."
        return ""

    def require(self, campaign: Campaign, actor: Actor) -> None:
        """Raise `NotPermitted` unless the actor may sign the review off."""
        if why_not := self.why_not(campaign, actor.operator_id):
            raise NotPermitted(
                f"{why_not} Nothing was changed.", "Ask another operator who may run reviews to close it."
            )

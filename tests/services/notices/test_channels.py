"""Where notices may go, and who is told what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.errors import InvalidValue, NameTaken, NoticeNotSent, NotPermitted
from services.notices.channels import ChannelService, MailChoice, send, targets_of
from services.notices.kinds import ADDRESSED, Notice, NoticeKind
from services.store.columns import utc_now
from services.store.database import sqlite_file
from services.store.notices import Channel
from services.store.operators import Operator
from services.store.store import Store
from tests.services.notices.conftest import MailServer, Webhook
from tests.services.notices.told import acting, make_channel, make_pool
from tests.services.store.helpers import raw

Cast = dict[str, Operator]


def notice(kind: NoticeKind = NoticeKind.JOB_ENDED, **more: object) -> Notice:
    return replace(Notice("job/1", kind, utc_now(), "Title", "Body", "/job?id=1"), **more)  # type: ignore[arg-type]


def test_a_channel_s_address_is_sealed_never_logged_and_kept_when_left_blank(
    store: Store, cast: Cast
) -> None:
    made = make_channel(store, cast["ann"], "mailto://bob:hunter2@smtp.example.com")
    assert (made.secret, store.channels.secret(made.id)) == (None, "mailto://bob:hunter2@smtp.example.com")
    service = ChannelService(store, acting(cast["ann"]))
    service.change(made.id, replace(made, name="Mail", secret=None))
    assert store.channels.secret(made.id) == "mailto://bob:hunter2@smtp.example.com"
    path = sqlite_file(store.address)
    assert path is not None
    assert "hunter2" not in str(raw(path, "SELECT * FROM notice_channels"))
    assert "hunter2" not in str(store.activity.search())
    assert store.activity.search(action="change_notice_channel")[0].after == {"name": "Mail"}


@pytest.mark.parametrize(
    ("url", "said"),
    [("", "isn't understood"), ("nonsense", "isn't understood"), ("ftp://x", "isn't understood"),
     ("syslog://", "machine of the console"), ("dbus://", "machine of the console|isn't understood")],
)  # fmt: skip
def test_an_address_that_reaches_nobody_is_refused(store: Store, cast: Cast, url: str, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        make_channel(store, cast["ann"], url)
    assert store.channels.list() == ()


def test_only_administrators_set_channels_up(store: Store, cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        make_channel(store, cast["max"], "json://127.0.0.1/x")
    with pytest.raises(NotPermitted):
        ChannelService(store, acting(cast["max"])).list()


def test_a_channel_without_anything_to_tell_a_second_mail_server_and_a_taken_name_are_refused(
    store: Store, cast: Cast
) -> None:
    service = ChannelService(store, acting(cast["ann"]))
    with pytest.raises(InvalidValue, match="Nothing would be told"):
        service.add(Channel(name="Empty", secret="json://127.0.0.1/x"))
    make_channel(store, cast["ann"], "mailto://smtp.example.com?from=a@example.com", is_mail=True)
    with pytest.raises(InvalidValue, match="mail server for operators already"):
        make_channel(store, cast["ann"], "mailto://x.example.com", is_mail=True, name="Second")
    with pytest.raises((NameTaken, InvalidValue)):
        make_channel(store, cast["ann"], "json://127.0.0.1/x", name="OPS")


def test_trying_a_channel_sends_something_or_says_that_it_was_not_taken(
    store: Store, cast: Cast, webhook: Webhook
) -> None:
    made = make_channel(store, cast["ann"], webhook.url)
    service = ChannelService(store, acting(cast["ann"]))
    service.try_out(made.id)
    assert "ann tried this channel" in str(webhook.taken)
    webhook.answers = 500
    with pytest.raises(NoticeNotSent, match="didn't take"):
        service.try_out(made.id)


def test_mail_is_tried_at_one_s_own_address(store: Store, cast: Cast, mail_server: MailServer) -> None:
    made = make_channel(store, cast["ann"], mail_server.url, is_mail=True)
    ChannelService(store, acting(cast["ann"])).try_out(made.id)
    (mail,) = mail_server.taken
    assert (mail.to, mail.subject) == (("ann@example.com",), "Cognito Ops Console: a try")


def test_hostile_words_stay_in_the_text_of_a_mail(mail_server: MailServer) -> None:
    title = "Job\r\nBcc: everybody@example.com"
    send(mail_server.url, title, "=HYPERLINK()\n<b>Ann</b>", "ann@example.com")
    (mail,) = mail_server.taken
    assert mail.to == ("ann@example.com",)
    assert "<b>Ann</b>" in mail.text


def test_what_concerns_one_operator_s_own_sign_in_goes_to_them_and_to_no_channel(
    store: Store, cast: Cast
) -> None:
    made = make_channel(store, cast["ann"], "json://127.0.0.1/x")
    make_channel(
        store, cast["ann"], "mailto://smtp.example.com?from=a@example.com", is_mail=True, name="Mail"
    )
    own = notice(kind=NoticeKind.OWN_SIGN_IN, operator_ids=(cast["sam"].id,))
    assert targets_of(store, own) == [cast["sam"].id]
    assert made.id in targets_of(store, notice(kind=NoticeKind.GUESSING))


def test_a_pool_s_channel_hears_of_that_pool_and_what_was_chosen_only(store: Store, cast: Cast) -> None:
    pool, other = make_pool(store), make_pool(store, "other")
    made = make_channel(store, cast["ann"], "json://127.0.0.1/x", pool_id=pool.id)
    assert targets_of(store, notice(pool_record_id=pool.id)) == [made.id]
    assert targets_of(store, notice(pool_record_id=other.id)) == []
    typed = replace(made, kinds=(str(NoticeKind.LOOK),))
    ChannelService(store, acting(cast["ann"])).change(made.id, typed)
    assert targets_of(store, notice(pool_record_id=pool.id)) == []


def test_a_new_channel_is_not_told_what_happened_before_it(store: Store, cast: Cast) -> None:
    before = notice()
    make_channel(store, cast["ann"], "json://127.0.0.1/x")
    assert targets_of(store, before) == []


def test_operators_are_mailed_what_concerns_them_unless_they_choose_otherwise(
    store: Store, cast: Cast
) -> None:
    make_channel(store, cast["ann"], "mailto://smtp.example.com?from=a@example.com", is_mail=True)
    ada, sam = cast["ada"], cast["sam"]
    asked = notice(NoticeKind.REVIEW_ASKED, operator_ids=(ada.id,))
    assert targets_of(store, asked) == [ada.id]
    assert targets_of(store, notice()) == []
    assert MailChoice(store, acting(ada)).get() == ADDRESSED
    MailChoice(store, acting(ada)).choose([])
    MailChoice(store, acting(sam)).choose([NoticeKind.JOB_ENDED])
    assert targets_of(store, notice(NoticeKind.REVIEW_ASKED, operator_ids=(ada.id,))) == []
    assert targets_of(store, notice()) == [sam.id]
    store.operators.update(sam.id, disabled=True)
    assert targets_of(store, notice()) == []
    (line, _) = store.activity.search(action="change_setting")
    assert line.after == {"told": ["job_ended"]}

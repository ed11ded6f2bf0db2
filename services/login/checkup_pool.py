"""The checks of a pool's own settings.

Sources: Cognito developer guide, "Updating user pool configuration", "Password policies", "Adding
MFA", "User pool deletion protection", "Email settings", "Customizing user invitation messages",
"User pool case sensitivity", "Working with user devices", "Security best practices", "Passwords, account
recovery, and password policies"; API reference, DeleteUserPool (14 days), UserPoolType.
"""

from __future__ import annotations

from services.cognito.people import sign_in_sentence
from services.cognito.sign_in import MfaConfig
from services.login.advice import SILENT, Advice, PoolFacts, PoolSetting, good, mend, not_checked
from services.login.chain import Title, Unknown
from services.login.explain_pool import trouble
from services.login.severity import AdviceSeverity

POOL = "AWS console → Cognito → the pool"
FOR_EVER = "It is decided when a pool is made; changing it takes a new pool."
LEAST_LENGTH = 12
CODE_PLACE = "{####}"
EMAILS_A_DAY = 50

SIGN_IN = PoolSetting(
    "sign-in-by-email",
    Title(
        "People sign in with their e-mail address",
        "People can't sign in with their e-mail address",
        "What people sign in with",
    ),
    AdviceSeverity.LOW,
    "An address is what people remember, and what support is called with.",
    FOR_EVER,
)
PASSWORDS = PoolSetting(
    "password-policy",
    Title("Passwords have to be strong", "Passwords may be weak", "Password policy"),
    AdviceSeverity.MEDIUM,
    "Short passwords are guessed, and without a second factor little else protects people.",
    f"{POOL} → Authentication methods → Password policy",
)
RECOVERY = PoolSetting(
    "recovery-by-email",
    Title(
        "A forgotten password is recovered by e-mail",
        "A forgotten password isn't recovered by e-mail first",
        "Recovering a forgotten password",
    ),
    AdviceSeverity.MEDIUM,
    "Without it people call support for every forgotten password; SMS costs money and numbers change hands.",
    f"{POOL} → Sign-in → User account recovery",
)
DEVICES = PoolSetting(
    "device-tracking",
    Title("Devices are not remembered", "Devices are remembered", "Remembered devices"),
    AdviceSeverity.MEDIUM,
    "With remembered devices a server that signs people in can't renew their sign-in: refreshing wants the "
    "key of a device that it doesn't have.",
    f"{POOL} → Sign-in → Device tracking",
)
PROTECTION = PoolSetting(
    "deletion-protection",
    Title(
        "The pool can't be deleted by mistake", "The pool can be deleted by mistake", "Deletion protection"
    ),
    AdviceSeverity.HIGH,
    "Deleting a pool takes every user with it, and nobody has a copy of the passwords. AWS keeps a deleted "
    "pool for 14 days, in which its support may bring it back.",
    f"{POOL} → Settings → Deletion protection",
)
MFA = PoolSetting(
    "mfa",
    Title("A second factor is possible", "The second factor is missing or weak", "Second factor"),
    AdviceSeverity.MEDIUM,
    "A password alone is enough for whoever has guessed or stolen it.",
    f"{POOL} → Sign-in → Multi-factor authentication",
)
INVITATION = PoolSetting(
    "invitation-template",
    Title(
        "Invitations hold the temporary password",
        "Invitations lack what people need to sign in",
        "Text of invitations",
    ),
    AdviceSeverity.HIGH,
    f"A template without {CODE_PLACE} is not sent at all, and nobody is told so.",
    f"{POOL} → Authentication methods → Message templates → Invitation message",
)
SENDER = PoolSetting(
    "email-sender",
    Title(
        "E-mails go out through Amazon SES",
        "E-mails go out through Cognito's own sender",
        "Sender of e-mails",
    ),
    AdviceSeverity.MEDIUM,
    f"Cognito's own sender stops after {EMAILS_A_DAY} e-mails a day for the whole account: invitations and "
    "codes after that are lost.",
    f"{POOL} → Authentication methods → Email",
)
SENDING = PoolSetting(
    "sending",
    Title(
        "AWS reports no trouble with text messages",
        "AWS reports trouble with sending messages",
        "Sending messages",
    ),
    AdviceSeverity.HIGH,
    "Invitations and codes that aren't sent keep people out, and nobody is told so.",
    f"{POOL} → Authentication methods → Email or SMS",
)
CASE = PoolSetting(
    "case-sensitivity",
    Title(
        "Capital and small letters don't matter in sign-in names",
        "Capital and small letters matter in sign-in names",
        "Capital and small letters",
    ),
    AdviceSeverity.MEDIUM,
    "Where they do, Ann@example.com and ann@example.com are two accounts, and people hit the wrong one.",
    FOR_EVER,
)
SIGN_UP = PoolSetting(
    "self-sign-up",
    Title("Only administrators create accounts", "Anybody can make an account", "Who creates accounts"),
    AdviceSeverity.LOW,
    "With self-registration on, anybody on the internet can make an account in the pool. That is right for "
    "customers and wrong for staff.",
    f"{POOL} → Sign-up → Self-service sign-up",
)


def sign_in_by_email(facts: PoolFacts) -> Advice:
    """Whether an e-mail address works as the sign-in name."""
    pool = facts.pool
    said = sign_in_sentence(pool)
    if "email" in pool.username_attributes | pool.alias_attributes:
        return good(SIGN_IN, said)
    return mend(SIGN_IN, said, "Keep in mind to tell people their usernames; new pools: choose e-mail.")


def password_policy(facts: PoolFacts) -> Advice:
    """Length and kinds of characters that passwords need."""
    policy = facts.pool.policy
    wanted = {
        "a number": policy.numbers,
        "a special character": policy.symbols,
        "a capital letter": policy.uppercase,
        "a small letter": policy.lowercase,
    }
    lacking = [what for what, there in wanted.items() if not there]
    short = policy.minimum_length < LEAST_LENGTH
    length = f"{policy.minimum_length} characters"
    if not short and not lacking:
        return good(PASSWORDS, f"At least {length}, of all kinds.")
    found = f"{length} are enough" if short else f"At least {length}"
    if lacking:
        found += f", without {' or '.join(lacking)}" if short else f", but not {' or '.join(lacking)}"
    fix = [f"At least {LEAST_LENGTH} characters"] if short else []
    fix += [f"require {' and '.join(lacking)}"] if lacking else []
    sentence = "; ".join(fix)
    severity = AdviceSeverity.HIGH if policy.minimum_length < 8 else None
    return mend(PASSWORDS, f"{found}.", f"{sentence[:1].upper()}{sentence[1:]}.", severity=severity)


def recovery_by_email(facts: PoolFacts) -> Advice:
    """How people get back in after forgetting their password."""
    channels = facts.pool.recovery
    detail = ", ".join(channels) or "AccountRecoverySetting is not set"
    if channels[:1] == ("verified_phone_number",) and "verified_email" in channels:
        return mend(
            RECOVERY,
            "By SMS first, and by e-mail for those without a number.",
            "Choose e-mail first.",
            detail=detail,
            severity=AdviceSeverity.LOW,
        )
    if "verified_email" in channels:
        first = " first" if len(channels) > 1 else ""
        return good(RECOVERY, f"By a code to a verified e-mail address{first}.", detail=detail)
    if not channels:
        return mend(
            RECOVERY,
            "It was never set: AWS then tries SMS first, and e-mail for those without a number.",
            "Choose “Email only”, or e-mail first.",
            detail=detail,
            severity=AdviceSeverity.LOW,
        )
    found = "By SMS only." if "verified_phone_number" in channels else "By an administrator only."
    return mend(RECOVERY, found, "Choose e-mail, so that people help themselves.", detail=detail)


def device_tracking(facts: PoolFacts) -> Advice:
    """Whether devices are remembered, which breaks refreshing for servers."""
    how = facts.pool.device_tracking
    if not how:
        return good(DEVICES, "None is.")
    admin = [
        client.name or client.id
        for client in facts.readable
        if "ALLOW_ADMIN_USER_PASSWORD_AUTH" in client.auth_flows
    ]
    found = "Every device is remembered." if how == "always" else "People may have their device remembered."
    if not admin:
        fix = "Choose “Don't remember”, unless an application was made to work with it."
        return mend(DEVICES, found, fix, severity=AdviceSeverity.LOW)
    return mend(
        DEVICES, f"{found} {', '.join(admin)} signs people in from a server.", "Choose “Don't remember”."
    )


def deletion_protection(facts: PoolFacts) -> Advice:
    """Whether the pool is protected from being deleted."""
    if facts.pool.deletion_protection:
        return good(PROTECTION, "It is protected.")
    return mend(PROTECTION, "Anybody with the right to delete it can, at once.", "Activate it.")


def second_factor(facts: PoolFacts) -> Advice:
    """Whether the pool has a second factor, and by which methods."""
    mfa = facts.mfa
    if isinstance(mfa, Unknown):
        return not_checked(MFA, mfa)
    methods = _methods(mfa)
    if mfa.mode == "OFF":
        return mend(MFA, "It is off.", "Make it optional or required, with authenticator apps.", detail="OFF")
    if not methods:
        severity = AdviceSeverity.HIGH if mfa.mode == "ON" else None
        return mend(MFA, "It is on, without any method.", "Choose authenticator apps.", severity=severity)
    mode = "Required" if mfa.mode == "ON" else "Each person decides"
    if methods == ["SMS"]:
        return mend(
            MFA,
            f"{mode}, by SMS only.",
            "Add authenticator apps: SMS costs money, and a code by SMS can be taken over with the number.",
            severity=AdviceSeverity.LOW,
        )
    return good(MFA, f"{mode}, by {', '.join(methods)}.", detail=mfa.mode)


def _methods(mfa: MfaConfig) -> list[str]:
    named = {"authenticator app": mfa.totp, "e-mail": mfa.email, "SMS": mfa.sms}
    return [name for name, there in named.items() if there]


def invitation_template(facts: PoolFacts) -> Advice:
    """Whether the invitation has a place for the temporary password."""
    text = facts.pool.invite_email
    if not text:
        return good(INVITATION, "AWS's own text is used, which holds it.")
    if CODE_PLACE not in text:
        return mend(
            INVITATION, f"The e-mail has no {CODE_PLACE}.", f"Put {CODE_PLACE} into the e-mail's text."
        )
    if "{username}" not in text:
        return mend(
            INVITATION,
            "The e-mail doesn't say the sign-in name.",
            "Put {username} into the e-mail's text.",
            severity=AdviceSeverity.LOW,
        )
    return good(INVITATION, "The e-mail holds the sign-in name and the temporary password.")


def email_sender(facts: PoolFacts) -> Advice:
    """Whether e-mails go out through Cognito's own sender with its daily limit."""
    sender = facts.pool.email_sender
    if not sender:
        return not_checked(SENDER, SILENT)
    if sender == "COGNITO_DEFAULT":
        found = f"They go through Cognito's own sender: {EMAILS_A_DAY} a day."
        return mend(SENDER, found, "Choose “Send email with Amazon SES”.", detail=sender)
    return good(SENDER, "They go through Amazon SES.", detail=sender)


def sending(facts: PoolFacts) -> Advice:
    """What AWS says about messages that it can't send: text messages only, unless the pool is an old one
    (service model, SmsConfigurationFailure; EmailConfigurationFailure is deprecated)."""
    failure = facts.pool.sending_failure
    if failure:
        found = f"AWS reports trouble with {trouble(facts.pool)}."
        return mend(SENDING, found, "Put right what AWS says.", detail=failure)
    return good(SENDING, "It reports none. E-mails that fail stand in CloudTrail only.")


def case_sensitivity(facts: PoolFacts) -> Advice:
    """Whether case counts in sign-in names."""
    if not facts.pool.case_sensitive:
        return good(CASE, "They don't matter here.")
    fix = (
        "Write addresses in small letters when you add people; the audits find accounts that differ in case."
    )
    return mend(CASE, "They matter here.", fix)


def self_sign_up(facts: PoolFacts) -> Advice:
    """Whether anybody can register."""
    if facts.pool.admins_create_only:
        return good(SIGN_UP, "Self-registration is off.")
    return mend(SIGN_UP, "Anybody can register.", "Turn it off, unless the pool is for the public.")


POOL_CHECKS = (
    sign_in_by_email,
    password_policy,
    recovery_by_email,
    device_tracking,
    deletion_protection,
    second_factor,
    invitation_template,
    email_sender,
    sending,
    case_sensitivity,
    self_sign_up,
)
"""In the order in which they are shown."""

"""People whom every demo has: one of each trouble, and names that break careless programs."""

from __future__ import annotations

import json
import time

from demo.person import Person

OKTA = "Okta"
"""The staff's identity provider. Cognito makes a group `<pool id>_Okta` for people who come through it."""

INVITED, RESET, EXTERNAL = "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED", "EXTERNAL_PROVIDER"
UNCONFIRMED, NO = "UNCONFIRMED", "false"
ALL_GROUPS = (
    *("administrators", "auditors", "billing", "billing-approvers", "customer-service", "field-engineers"),
    *("field-dispatch", "meter-readers", "human-resources", "contractors", "on-call", "büro/süd&ost"),
)
LONG_NAME = (
    "María Aurora Esmeralda Guadalupe de la Concepción Fernández de Córdoba y Álvarez de Toledo-Osorio, "
    "Condesa de Villalobos del Monte y de San Sebastián de los Reyes"
)
DAY = 86_400  # seconds


def identity(user_id: str, days_ago: float) -> str:
    """The `identities` attribute that Cognito keeps on federated people."""
    created = round((time.time() - days_ago * DAY) * 1000)
    entry = {"userId": user_id, "providerName": OKTA, "providerType": "OIDC", "issuer": None}
    return json.dumps([{**entry, "primary": True, "dateCreated": created}])


def _staff(
    username: str,
    given: str = "",
    family: str = "",
    *groups: str,
    status: str = "CONFIRMED",
    enabled: bool = True,
    created: float = 500.0,
    changed: float = 90.0,
    mfa: str = "",
    **attributes: str,
) -> Person:
    known = {"email": f"{username}@brightwater.example", "email_verified": "true"}
    known |= {"name": f"{given} {family}".strip(), "given_name": given, "family_name": family}
    known |= {name.replace("custom_", "custom:"): value for name, value in attributes.items()}
    held = {name: value for name, value in known.items() if value}
    return Person(username, held, status, enabled, created, changed, groups, mfa)


STAFF = (
    # Troubles that a support team meets
    _staff("ann.lindqvist", "Ann", "Lindqvist", "billing", status=INVITED, created=12, changed=12),
    _staff("bo.li", "Bo", "Li", "billing", status=INVITED, created=6, changed=6),
    _staff("chidi.okafor", "Chidi", "Okafor", "field-engineers", status=RESET, changed=3),
    _staff("dana.petrova", "Dana", "Петрова", status=UNCONFIRMED, created=4, changed=4,
           email_verified=NO),
    _staff("toby.ashworth", "Toby", "Ashworth", "auditors", "billing", "billing-approvers", enabled=False),
    _staff("megan.hughes", "Megan", "Hughes", *ALL_GROUPS, mfa="SOFTWARE_TOKEN_MFA"),
    _staff("rolf.vogt", "Rolf", "Vogt"),
    _staff("ines.pena", "Inés", "Peña", "customer-service", email_verified=NO),
    _staff("k.sorensen", "Kirsten", "Sørensen", "billing"),
    _staff("k.sorensen.old", "Kirsten", "Sørensen", "billing", email="k.sorensen@brightwater.example"),
    _staff("kirsten", "Kirsten", "Sørensen", "auditors", email="K.Sorensen@Brightwater.example"),
    _staff("k.sorensen.test", "Kirsten", "Sørensen", email="k.sorensen+test@brightwater.example"),
    _staff("old.account", "Olive", "Archer", status="ARCHIVED", enabled=False, created=2100, changed=1500),
    _staff("leaked.password", "Leah", "Kidd", "customer-service", status="COMPROMISED", changed=1),
    _staff("what.is.this", "Una", "Known", status="UNKNOWN", created=1900, changed=1900),
    _staff("svc-meter-import", email="", email_verified=""),
    _staff("ext/agency-7", "Ext", "Agency", "contractors", custom_contract_end="2020-01-31"),
    _staff("Okta_mira.petrova@brightwater.example", "Mira", "Petrova", OKTA, status=EXTERNAL, name="",
           email="mira.petrova@brightwater.example", email_verified=NO, identities=identity("00u1", 200)),
    _staff("Okta_paul.weiss@brightwater.example", "Paul", "Weiß", OKTA, "auditors", status=EXTERNAL, name="",
           email="paul.weiss@brightwater.example", email_verified=NO, identities=identity("00u2", 30)),
    # Names that break careless programs
    _staff("<b>bold</b>", "<b>Bold</b>", "<i>Family</i>", "customer-service",
           email="bold@brightwater.example"),
    _staff("script.kid", "<script>alert(1)</script>", "<img src=x onerror=alert(2)>"),
    _staff("=SUM(A1:A9)", "=SUM(A1:A9)", "=HYPERLINK(\"http://evil.example\")", "billing",
           email="=sum@brightwater.example"),
    _staff("+44-cell", "+1+1", "-2-3", email="+44@brightwater.example", nickname="@SUM(1+1)"),
    _staff("[link](x)", "[Link](http://evil.example)", "![i](http://evil.example/i.png)",
           email="link@brightwater.example"),
    _staff("mark.down", "**Mark** `down`", ":red[Alert] $x^2$ :material/delete:"),
    _staff("ann\"annie\"ek", "Ann \"Annie\"", "Ek", "on-call", email="annie@brightwater.example"),
    _staff("o'brien", "Conan", "O'Brien", email="o'brien@brightwater.example"),
    _staff("comma,semi;colon", "Comma, Jr.", "Semi; Colon|Pipe", email="comma@brightwater.example"),
    _staff("corp\\admin", "Back\\slash", "Domain\\User", email="backslash@brightwater.example"),
    _staff("robert');DROP/**/TABLE/**/users;--", "Robert'); DROP TABLE users;--", "Tables",
           email="bobby@brightwater.example"),
    _staff("../../etc/passwd", "%2e%2e%2f", "..\\..", email="path@brightwater.example"),
    _staff("a&b=c?d#e", "A & B", "C? D# E%", email="query@brightwater.example"),
    _staff("two.lines", "Two\nLines", "Tab\tStop", email_verified=NO,
           address="1 High Street\nFlat 2\r\nLeeds"),
    _staff("spaces", "  Leading", "Trailing  ", custom_department="  Billing "),
    _staff("rtl.override", "\u202eDer", "Evers\u200b", nickname="\u2066hidden\u2069"),
    _staff("emoji👩🚒", "Ember 👩🏽‍🚒", "Blaze 🔥", "on-call", email="emoji@brightwater.example"),
    _staff("ñandú.açaí", "Zoë", "Åšçñ", email="nandu@brightwater.example"),
    _staff("null", "None", "NaN", email="null@brightwater.example", nickname="undefined"),
    _staff("0012345", "007", "1E5", custom_employee_number="000123", email="zeros@brightwater.example"),
    _staff("2024-01-01", "TRUE", "#N/A", email="date@brightwater.example"),
    _staff("-", "-", "—", email="dash@brightwater.example"),
    _staff("x", "O", "Y", email="x@brightwater.example"),
    _staff("l" + "o" * 125 + "ng", LONG_NAME, "Wolfeschlegelsteinhausenbergerdorff", "büro/süd&ost",
           email=f"{'long' * 16}@{'sub.' * 40}brightwater.example"),
)  # fmt: skip


def _customer(
    email: str,
    name: str = "",
    *groups: str,
    status: str = "CONFIRMED",
    enabled: bool = True,
    created: float = 300.0,
    changed: float = 60.0,
    **attributes: str,
) -> Person:
    known = {"email": email, "email_verified": "true", "name": name, **attributes}
    held = {key: value for key, value in known.items() if value}
    return Person("", held, status, enabled, created, changed, groups)


CUSTOMERS = (
    _customer("ann.ek@mail.example", "Ann Ek", "residential", "paperless"),
    _customer("Ann.Ek@mail.example", "Ann Ek", "residential"),
    _customer("ann.ek+water@mail.example", "Ann Ek"),
    _customer("late.guest@post.example", "Latisha Guest", "residential", status=INVITED,
              created=30, changed=30),
    _customer("soon.guest@post.example", "Suna Güneş", "business", status=INVITED,
              created=6.2, changed=6.2),
    _customer("new.guest@post.example", "Νέα Πελάτισσα", status=INVITED, created=0.1, changed=0.1),
    _customer("forgot@inbox.example", "Phil Memory", "residential", status=RESET, changed=2),
    _customer("self.signup@inbox.example", "Selma Upton", status=UNCONFIRMED, created=9,
              changed=9, email_verified=NO),
    _customer("moved.away@mail.example", "Мария Смирнова", "landlords", enabled=False,
              created=900, changed=400),
    _customer("unverified@mail.example", "Una Verified", "residential", email_verified=NO),
    _customer("o'connor@example.org", "Siobhán O'Connor", "business", "landlords", "paperless"),
    _customer("=cmd@mail.example", "=cmd|' /C calc'!A0", "residential"),
    _customer("+plus@mail.example", "<b>Plus</b>", "residential"),
    _customer("jörg@post.example", "Jörg Müller, \"Jogi\"", "business"),
    _customer(f"{'a' * 64}@{'very.long.' * 4}post.example", LONG_NAME, "residential"),
    _customer("linebreak@post.example", "Line\nBreak", address="1 High Street\nLeeds"),
)  # fmt: skip

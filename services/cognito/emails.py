"""Whether an e-mail address can be used in a pool, fast enough for 50,000 rows.

`email-validator` decides; it takes about 70 µs for an address, so an exact test for the common
form stands in front of it (everything the test accepts, the library accepts: a property test
holds that). Reserved domains such as `.local` and `.test` are left to Cognito, which takes them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from email_validator import EmailSyntaxError, EmailUndeliverableError, validate_email

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_COMMON = re.compile(
    rf"(?=.{{1,64}}@)(?=.{{3,254}}\Z){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?=[A-Za-z0-9-]*[A-Za-z]\Z){_LABEL}\Z"
)
LONGEST = 254
"""RFC 5321's limit for an address."""


def problem(address: str) -> str:
    """What is wrong with `address`, as a sentence with the way out; an empty string when it is fine."""
    if _COMMON.match(address):
        return ""
    if not address.isascii():
        return (
            "The e-mail address has letters outside plain ASCII (an accent, or a look-alike from another "
            "script); Cognito can't send to it. Retype it; an international domain is written as xn--."
        )
    if len(address) > LONGEST:
        return f"The e-mail address has {len(address)} characters; at most {LONGEST} are possible."
    return _explained(address)


@lru_cache(maxsize=4096)
def _explained(address: str) -> str:
    if any(character.isspace() for character in address):
        return "The e-mail address contains a space or a line break; take it out."
    if address.count("@") != 1:
        return "An e-mail address has exactly one @; check for a typing error or two addresses in one field."
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except (EmailSyntaxError, EmailUndeliverableError) as error:
        if "special-use" in str(error):
            return ""
        return f"This is not a usable e-mail address. {error}"
    return ""

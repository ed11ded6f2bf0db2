"""The same console as for the users page."""

from tests.console.users.conftest import asked, pools

__all__ = ["asked", "pools"]

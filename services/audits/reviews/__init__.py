"""Access reviews: memberships frozen at a start, decided one by one, signed, reported and revoked."""

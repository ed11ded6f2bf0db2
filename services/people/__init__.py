"""Actions on single people: creating one, editing one, memberships of one."""

"""What a row of a file can ask (column `action`): each word and the action behind it.

Most words are those of one action that is a single call on one person (`row_action` of its class).
The others, here, compare a row with the person and ask for whatever is missing.
"""

from __future__ import annotations

import re

from services.cognito.actions import (
    ACTIONS,
    AddToGroup,
    ClearAttributes,
    DisableUser,
    PersonChange,
    RemoveFromGroup,
    RowColumn,
    SetPassword,
    UpdateAttributes,
)


class RowAction(str):
    """A word of the column `action`. `kind` is the action that decides whether it makes sense for
    somebody and which permission it needs; `sentence` says it as a choice for a whole file, `asks` in a
    word or two what a row asks."""

    kind: type[PersonChange]
    sentence: str
    asks: str

    def __new__(cls, word: str) -> RowAction:
        """The row action that is written `word`. Raises `ValueError` when there is none."""
        found = _WORDS.get(word) or _known().get(word)
        if found is None:
            raise ValueError(f"{word!r} is no action of a row")
        return found

    @classmethod
    def of(cls, kind: type[PersonChange]) -> RowAction:
        """The row action that asks for `kind`."""
        return cls(kind.row_action)


def _made(word: str, kind: type[PersonChange], sentence: str, asks: str = "") -> RowAction:
    made = str.__new__(RowAction, word)
    made.kind, made.sentence, made.asks = kind, sentence, asks or kind.verb
    return made


UPSERT = _made(
    "upsert", UpdateAttributes, "Create new people, change those already there", "create or change"
)
CREATE = _made("create", UpdateAttributes, "Create new people only; whoever is there is left alone", "create")
SYNC_GROUPS = _made(
    "sync_groups",
    AddToGroup,
    "Make memberships exactly those in the file (groups named in it)",
    "set the groups",
)
SYNC_GROUPS_ADD_ONLY = _made(
    "sync_groups_add_only", AddToGroup, "Only add what that would add", "add to groups"
)
SYNC_GROUPS_REMOVE_ONLY = _made(
    "sync_groups_remove_only", RemoveFromGroup, "Only remove what that would remove", "remove from groups"
)
LEAVER = _made(
    "leaver", DisableUser, "Leavers: sign out everywhere, disable, take out of all groups", "see off"
)

_SYNONYMS = {
    "add": UPSERT,
    "set": UPSERT,
    "new": CREATE,
    "leave": LEAVER,
    "leaves": LEAVER,
    "offboard": LEAVER,
    "terminated": LEAVER,
    "sync_groups_add": SYNC_GROUPS_ADD_ONLY,
    "sync_groups_remove": SYNC_GROUPS_REMOVE_ONLY,
}
_COMPARING = (UPSERT, CREATE, SYNC_GROUPS, SYNC_GROUPS_ADD_ONLY, SYNC_GROUPS_REMOVE_ONLY, LEAVER)
_WORDS: dict[str, RowAction] = {str(action): action for action in _COMPARING}


def _known() -> dict[str, RowAction]:
    """Every row action by its word, those of actions that have been defined since included."""
    for kind in ACTIONS.values():
        if issubclass(kind, PersonChange) and kind.row_action and kind.row_action not in _WORDS:
            made = _made(kind.row_action, kind, kind.file_title)
            _WORDS[kind.row_action] = made
            _SYNONYMS.update(dict.fromkeys(kind.row_synonyms, made))
    return _WORDS


def action_of(text: str) -> RowAction | None:
    """The row action that a cell names, tolerantly; None when it names none."""
    word = re.sub(r"[\s\-]+", "_", text.casefold())
    return _WORDS.get(word) or _SYNONYMS.get(word) or _known().get(word) or _SYNONYMS.get(word)


def row_actions() -> list[RowAction]:
    """Every row action."""
    return list(_known().values())


def for_whole_files() -> tuple[RowAction, ...]:
    """What may be chosen for every row of a file that says nothing else, in the order of offering it.

    The usual ones first, then every action with words of its own for that (`file_title`).
    """
    usual = (UPSERT, CREATE, UPDATE, ADD_TO_GROUPS, REMOVE_FROM_GROUPS, SYNC_GROUPS, LEAVER)
    others = [action for action in row_actions() if action not in _COMPARING and action.sentence]
    return tuple(dict.fromkeys((*usual, *others)))


def row_columns() -> dict[str, RowColumn]:
    """The columns that some actions read beside the usual ones, by their names."""
    kinds = (kind for kind in ACTIONS.values() if issubclass(kind, PersonChange) and kind.row_action)
    return {column.name: column for kind in kinds for column in kind.row_columns}


UPDATE = RowAction.of(UpdateAttributes)
CLEAR_ATTRIBUTES = RowAction.of(ClearAttributes)
ADD_TO_GROUPS = RowAction.of(AddToGroup)
REMOVE_FROM_GROUPS = RowAction.of(RemoveFromGroup)
SET_PASSWORD = RowAction.of(SetPassword)

CREATING = frozenset({UPSERT, CREATE})
"""Row actions that make a person who isn't there."""

SYNCING = frozenset({SYNC_GROUPS, SYNC_GROUPS_REMOVE_ONLY})
"""Row actions that take people out of groups which their rows don't name, within those of the file."""

WRITING = frozenset({UPSERT, CREATE, UPDATE})
"""Row actions that take attribute columns, `groups` and `enabled` as what should be."""

GROUP_ACTIONS = frozenset(
    {ADD_TO_GROUPS, REMOVE_FROM_GROUPS, SYNC_GROUPS, SYNC_GROUPS_ADD_ONLY, SYNC_GROUPS_REMOVE_ONLY}
)
"""Row actions about the groups that a row names."""

"""The entries of the ledger as items of DynamoDB: the statements that write them, and their state.

A statement names the owner and the state that it changes. So one that the SDK repeats cannot undo
what another invocation has done since. What is the same for a whole batch stands in its text, which
is cheaper to encode than parameters.
"""

from collections.abc import Mapping
from typing import Any, Final

from rudder_mixpanel.aws.statements import Statement
from rudder_mixpanel.delivery.ledger import Claimant, ClaimState

# The longest that an event can be under way: 14 days on the queue, 14 in the rejected queue, and
# the same again after a replay.
DAYS_REMEMBERED: Final = 60
SECONDS_REMEMBERED: Final = DAYS_REMEMBERED * 86_400

type LedgerEntry = Mapping[str, Any]


def new_claim(table: str, by: Claimant) -> str:
    """The text of a statement that claims a counter without an entry; its parameter is the key."""
    return (
        f"INSERT INTO \"{table}\" VALUE {{'id': ?, 'state': 'claimed', "
        f"'owner': {literal(by.name)}, 'deadline': {by.deadline}, 'expires_at': {expiry(by)}}}"
    )


def repeated_claim(table: str, key: str, entry: LedgerEntry, by: Claimant) -> Statement:
    """A claim of a counter whose outcome is unknown, if its entry has not changed since."""
    text = (
        f'UPDATE "{table}" SET "state" = \'claimed\' SET "owner" = {literal(by.name)} '  # noqa: S608 - not from outside
        f'SET "deadline" = {by.deadline} SET "expires_at" = {expiry(by)} '
        'WHERE "id" = ? AND "state" = ? AND "owner" = ? AND "expires_at" = ?'
    )
    return Statement(text, [{"S": key}, entry["state"], entry["owner"], entry["expires_at"]])


def doubt(table: str, key: str, owner: str) -> Statement:
    """Mark the outcome of a counter as unknown, if the owner still claims it."""
    text = f'UPDATE "{table}" SET "state" = \'unknown\' {STILL_CLAIMED}'  # noqa: S608 - not from outside
    return Statement(text, [{"S": key}, {"S": owner}])


def release(table: str, key: str, owner: str) -> Statement:
    """Delete the claim of a counter that was not applied, if it is still the owner's."""
    text = f'DELETE FROM "{table}" {STILL_CLAIMED}'  # noqa: S608 - not from outside
    return Statement(text, [{"S": key}, {"S": owner}])


STILL_CLAIMED: Final = 'WHERE "id" = ? AND "owner" = ? AND "state" = \'claimed\''


def literal(text: str) -> str:
    """A text as a literal of PartiQL."""
    return "'" + text.replace("'", "''") + "'"


def done_item(key: str, by: Claimant) -> dict[str, Any]:
    """The entry of a counter that was applied."""
    return {
        "id": {"S": key},
        "state": {"S": "done"},
        "owner": {"S": by.name},
        "expires_at": {"N": str(expiry(by))},
    }


def expiry(by: Claimant) -> int:
    """When DynamoDB deletes an entry that is written now."""
    return by.now + SECONDS_REMEMBERED


def entry_state(entry: LedgerEntry, by: Claimant) -> ClaimState:
    """The state of a counter that has an entry; an overdue claim is claimed until it is marked."""
    state, owner = entry["state"]["S"], entry["owner"]["S"]
    if state == "claimed":
        # The SDK repeats a statement whose response it missed, and finds its own claim.
        return ClaimState.OURS if owner == by.name else ClaimState.CLAIMED
    return ClaimState.DONE if state == "done" else ClaimState.UNKNOWN


def is_abandoned(entry: LedgerEntry, by: Claimant) -> bool:
    """Whether an entry is the claim of an invocation that has ended without settling it."""
    return entry["state"]["S"] == "claimed" and int(entry["deadline"]["N"]) < by.now


def is_doubted(entry: LedgerEntry, before: int, by: Claimant) -> bool:
    """Whether the outcome of a counter is unknown, and has been since before a time."""
    is_unknown = entry["state"]["S"] == "unknown" or is_abandoned(entry, by)
    return is_unknown and int(entry["expires_at"]["N"]) - SECONDS_REMEMBERED < before

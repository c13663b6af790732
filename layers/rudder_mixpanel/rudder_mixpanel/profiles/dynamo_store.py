"""The table of profiles' histories in DynamoDB."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from rudder_mixpanel.aws.dynamodb import read_items
from rudder_mixpanel.aws.statements import (
    Statement,
    StatementOutcome,
    StatementResult,
    execute_statements,
)
from rudder_mixpanel.aws.throttling import TableBackoff
from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.profiles.store import NoLease, ProfileItem, Release

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Bytes of a version, of which a profile has one after the other.
VERSION_BYTES: Final = 6
# How long an item stays after its last update.
SECONDS_REMEMBERED: Final = 400 * 86_400
# Milliseconds between leasing and releasing: a request to Mixpanel.
TIME_TO_SEND: Final = 23_000
# The statements, after the name of the table.
NEW_ITEM: Final = "VALUE {'id': ?, 'version': ?, 'lease': ?, 'history': ?, 'expires_at': ?}"
SET_LEASE: Final = 'SET "version"=? SET "lease"=? SET "expires_at"=? WHERE "id"=? AND "version"=?'
SET_HISTORY: Final = (
    'SET "version"=? SET "lease"=? SET "history"=? SET "expires_at"=? WHERE "id"=? AND "version"=?'
)


class DynamoProfileStore:
    """The histories in DynamoDB, as one invocation reads and writes them.

    `backoff` is for the end of leases. What comes before them ends earlier: what is throttled until
    no request can follow would be leased for nothing, and take the time of the whole batch.

    An item that exists is only ever updated: one that was deleted with its user stays deleted.
    """

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        key: bytes,
        backoff: TableBackoff,
    ) -> None:
        self.dynamodb = dynamodb
        self.key = key
        self.table = table
        self.backoff = backoff
        self.early = replace(backoff, reserve=backoff.reserve + TIME_TO_SEND)
        # A table's name has no quotes: https://docs.aws.amazon.com/amazondynamodb, "Naming rules"
        self.insert_text = f'INSERT INTO "{table}" {NEW_ITEM}'
        self.lease_text = f'UPDATE "{table}" {SET_LEASE}'
        self.release_text = f'UPDATE "{table}" {SET_HISTORY}'

    def read(self, ids: Collection[str]) -> dict[str, ProfileItem]:
        """Read a hundred items a call. Raises TableUnavailable when not all could be read."""
        items = read_items(self.dynamodb, self.table, ids, self.early)
        existing = {item["id"]["S"]: read_item(item) for item in items}
        return {id_: existing.get(id_, ProfileItem()) for id_ in ids}

    def lease(self, items: Mapping[str, ProfileItem], until: int) -> dict[str, str | NoLease]:
        """Lease each profile whose item is still as it was read: the new version, or why not.

        The SDK repeats a write whose response was lost, and then finds our own version.
        """
        versions = {id_: token_hex(VERSION_BYTES) for id_ in items}
        statements = [
            self.lease_statement(id_, item.version, versions[id_], until)
            for id_, item in items.items()
        ]
        results = dict(zip(items, self.execute(statements, self.early), strict=True))
        unclear = [id_ for id_, result in results.items() if is_unclear(result)]
        stored = self.stored_versions(unclear) | {
            id_: version_of(result.existing) for id_, result in results.items() if result.existing
        }
        return {
            id_: versions[id_]
            if result.outcome is StatementOutcome.DONE or stored.get(id_) == versions[id_]
            else NO_LEASE[result.outcome]
            for id_, result in results.items()
        }

    def lease_statement(self, id_: str, read_version: str, version: str, until: int) -> Statement:
        """The statement that takes a lease, and makes an item that does not exist."""
        lease = number(until)
        if read_version:
            return Statement(
                self.lease_text,
                ({"S": version}, lease, expires_at(until), {"S": id_}, {"S": read_version}),
            )
        values: Any = ({"S": id_}, {"S": version}, lease, {"B": b""}, expires_at(until))
        return Statement(self.insert_text, values)

    def stored_versions(self, ids: Collection[str]) -> dict[str, str]:
        """The versions of items; none when they cannot be read."""
        try:
            return {id_: item.version for id_, item in self.read(ids).items()} if ids else {}
        except TableUnavailable:
            return {}

    def release(self, releases: Mapping[str, Release], now: int) -> set[str]:
        """Write the histories and end the leases; return the ids for which that is certain."""
        versions = {id_: token_hex(VERSION_BYTES) for id_ in releases}
        statements = [
            self.release_statement(id_, release, versions[id_], now)
            for id_, release in releases.items()
        ]
        results = zip(releases, self.execute(statements, self.backoff), strict=True)
        return {id_ for id_, result in results if is_released(result, versions[id_])}

    def release_statement(self, id_: str, release: Release, version: str, now: int) -> Statement:
        """The statement that writes a history and ends a lease."""
        values: Any = (
            {"S": version},
            number(release.lease),
            {"B": release.history},
            expires_at(now),
            {"S": id_},
            {"S": release.version},
        )
        return Statement(self.release_text, values)

    def execute(self, statements: list[Statement], backoff: TableBackoff) -> list[StatementResult]:
        """Execute the statements, each for itself."""
        return execute_statements(self.dynamodb, statements, backoff)


NO_LEASE: Final = {
    StatementOutcome.FAILED: NoLease.BUSY,
    StatementOutcome.UNREACHABLE: NoLease.UNREACHABLE,
}


def is_unclear(result: StatementResult) -> bool:
    """Whether an item exists that the answer does not show: it may be our own."""
    return result.outcome is StatementOutcome.FAILED and not result.existing


def is_released(result: StatementResult, version: str) -> bool:
    """Whether the write was made, by this call or an earlier one, or its item is gone."""
    if result.outcome is StatementOutcome.FAILED:
        return not result.existing or version_of(result.existing) == version
    return result.outcome is StatementOutcome.DONE


def read_item(item: Mapping[str, Any]) -> ProfileItem:
    """An item of DynamoDB."""
    return ProfileItem(version_of(item), int(item["lease"]["N"]), bytes(item["history"]["B"]))


def version_of(item: Mapping[str, Any]) -> str:
    """The version of an item of DynamoDB."""
    return str(item["version"]["S"])


def expires_at(written_at: int) -> Any:
    """When an item that was written at this time expires."""
    return number(written_at + SECONDS_REMEMBERED)


def number(value: int) -> Any:
    """A number as an attribute of DynamoDB."""
    return {"N": str(value)}

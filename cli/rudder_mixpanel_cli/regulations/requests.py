"""Split users into requests of the regulations API."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rudder_mixpanel.aws.sqs import split_by_size
from rudder_mixpanel_cli.regulations.users_file import RequestedRow

# Users in one request: it takes some seconds, and is far below the API's limit.
USERS_A_REQUEST: Final = 1_000
# The API accepts a body of 1 MiB; the rest of the body is short.
BYTES_A_REQUEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of one request, which have the same reference."""

    rows: list[RequestedRow]

    def body(self, *, suppress_only: bool, destination: str) -> dict[str, Any]:
        """The body that requests the deletion of the users, or only their suppression."""
        reference = self.rows[0].reference
        kind = (
            {"regulationType": "suppress"}
            if suppress_only
            else {"regulationType": "suppress_with_delete", "destinationIds": [destination]}
        )
        users = [row.user for row in self.rows]
        return {**kind, **({"reference": reference} if reference else {}), "users": users}


def batches_of(rows: Sequence[RequestedRow]) -> Iterator[Batch]:
    """Batches of rows with the same reference, in the order of the first row of each reference.

    The same rows make the same batches, and the API creates no second regulation for the same
    user: after an interruption, the same command continues.
    """
    by_reference: dict[str, list[RequestedRow]] = {}
    for row in rows:
        by_reference.setdefault(row.reference, []).append(row)
    for same in by_reference.values():
        for batch in split_by_size(
            same, encoded_size, most=USERS_A_REQUEST, most_bytes=BYTES_A_REQUEST
        ):
            yield Batch(batch)


def encoded_size(row: RequestedRow) -> int:
    """Bytes that a user adds to a body, with the comma and the space."""
    return len(json.dumps(row.user)) + 2

"""Split users into requests of the regulations API."""

import json
from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel.aws.sqs import split_by_size
from rudder_mixpanel_cli.regulations.users_file import User

# Users in one request: it takes some seconds, and is far below the API's limit.
USERS_A_REQUEST: Final = 1_000
# The API accepts a body of 1 MiB; the rest of the body is short.
BYTES_A_REQUEST: Final = 1_000_000


def regulation_requests(
    users: list[User], *, suppress_only: bool, destination: str
) -> Iterator[dict[str, Any]]:
    """The bodies that request the deletion of users, or only their suppression.

    The same users make the same bodies, and the API creates no second regulation for the same
    body: after an interruption, the same command continues.
    """
    for batch in split_by_size(
        users, encoded_size, most=USERS_A_REQUEST, most_bytes=BYTES_A_REQUEST
    ):
        if suppress_only:
            yield {"regulationType": "suppress", "users": batch}
        else:
            yield {
                "regulationType": "suppress_with_delete",
                "destinationIds": [destination],
                "users": batch,
            }


def encoded_size(user: User) -> int:
    """Bytes that a user adds to a body, with the comma and the space."""
    return len(json.dumps(user)) + 2

"""Large requests and pages, whose responses stay within Lambda's limit."""

import json
from typing import Any

from tests.fakes.regulations import FakeRegulationsDependencies

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_LIMIT = 6_291_556


def response_size(response: Any) -> int:
    """Bytes of the response that the function returns to Lambda."""
    body = json.dumps(response, ensure_ascii=False)
    return len(json.dumps({"statusCode": 201, "body": body}, ensure_ascii=False).encode())


def test_most_users_of_a_request() -> None:
    """Ten thousand, with three identifiers each."""
    users = [
        {"userId": f"u-{n}@example.com", "email": f"u-{n}@example.com", "phone": f"+49{n}"}
        for n in range(10_000)
    ]
    fakes = FakeRegulationsDependencies()
    created = fakes.create_regulations(users)
    actual = (
        [regulation["attributes"] for regulation in created],
        response_size(created) < LAMBDA_LIMIT,
    )
    assert actual == (users, True)


def test_page_with_long_identifiers_is_shorter() -> None:
    """The next one continues: each regulation appears once."""
    fakes = FakeRegulationsDependencies()
    long = {f"name-{index}": "\U0001f600" * 500 for index in range(19)}
    created = [
        regulation["id"]
        for start in range(0, 100, 25)
        for regulation in fakes.create_regulations(
            [{"userId": f"user-{start + n}"} | long for n in range(25)]
        )
    ]
    listed = list(fakes.pages())
    ids = [regulation["id"] for page in listed for regulation in page["data"]]
    fits = max(map(response_size, listed)) < LAMBDA_LIMIT
    assert (sorted(ids), len(listed), fits) == (sorted(created), 2, True)

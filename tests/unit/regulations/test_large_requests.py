"""Large requests and pages, whose responses stay within Lambda's limit."""

import json
from typing import Any

from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.requests import RegulationSearch
from rudder_mixpanel.regulations.search import list_regulations
from tests.fakes.regulations import VIEWER, FakeRegulationsDependencies

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_LIMIT = 6_291_556


def pages(fakes: FakeRegulationsDependencies, **search: Any) -> list[Any]:
    """All pages of a search."""
    responses = [list_regulations(RegulationSearch(**search), VIEWER, fakes)]
    while cursor := responses[-1]["paging"].get("next"):
        responses.append(list_regulations(RegulationSearch(**search, after=cursor), VIEWER, fakes))
    return responses


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


def test_search_is_limited_to_a_number_of_chunks() -> None:
    """So that it responds in time; a page may be empty and have a next one."""
    fakes = FakeRegulationsDependencies()
    for number in range(250):
        fakes.accept(f"user-{number}", name=f"chunk-{number:03}")
    fakes.cancel("chunk-249-user-249", "chunk-249")
    first, second = pages(fakes, state=RegulationState.CANCELLING)
    actual = (first["data"], [regulation["id"] for regulation in second["data"]])
    assert actual == ([], ["chunk-249-user-249"])


def test_page_with_long_identifiers_is_shorter() -> None:
    """The next one continues: each regulation appears once."""
    fakes = FakeRegulationsDependencies()
    long = {f"name-{index}": "\U0001f600" * 500 for index in range(19)}
    created = [
        regulation["id"]
        for start in range(0, 75, 25)
        for regulation in fakes.create_regulations(
            [{"userId": f"user-{start + n}"} | long for n in range(25)]
        )
    ]
    listed = pages(fakes)
    ids = [regulation["id"] for page in listed for regulation in page["data"]]
    fits = max(map(response_size, listed)) < LAMBDA_LIMIT
    assert (sorted(ids), len(listed), fits) == (sorted(created), 2, True)


def test_search_by_user_has_pages() -> None:
    """A user with many regulations: each appears once."""
    fakes = FakeRegulationsDependencies()
    created = [
        regulation["id"]
        for number in range(250)
        for regulation in fakes.create_regulations(
            [{"userId": "ann", "anonymousId": f"device-{number}"}, {"userId": f"bob-{number}"}]
        )
        if regulation["attributes"]["userId"] == "ann"
    ]
    listed = pages(fakes, user_id="ann")
    ids = [regulation["id"] for page in listed for regulation in page["data"]]
    assert (ids, [len(page["data"]) for page in listed]) == (sorted(created), [100, 100, 50])

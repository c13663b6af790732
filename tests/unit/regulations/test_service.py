"""As many regulations as a request and a page may have, and never more than Lambda can answer."""

import json
from typing import Any

from rudder_mixpanel.regulations import service
from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.requests import RegulationSearch
from tests.fakes.regulations import VIEWER, FakeRegulationsDependencies

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAMBDA_ANSWERS = 6_291_556


def pages(office: FakeRegulationsDependencies, **wanted: Any) -> list[Any]:
    """All pages of what is wanted, each as the API answers it."""
    told = [service.list_regulations(RegulationSearch(**wanted), VIEWER, office)]
    while following := told[-1]["paging"].get("next"):
        told.append(
            service.list_regulations(RegulationSearch(**wanted, after=following), VIEWER, office)
        )
    return told


def handed_over(answer: Any) -> int:
    """Bytes of what the function hands to Lambda."""
    body = json.dumps(answer, ensure_ascii=False)
    return len(json.dumps({"statusCode": 201, "body": body}, ensure_ascii=False).encode())


def test_most_users_of_a_request() -> None:
    """Ten thousand, by three names each."""
    users = [
        {"userId": f"u-{n}@example.com", "email": f"u-{n}@example.com", "phone": f"+49{n}"}
        for n in range(10_000)
    ]
    office = FakeRegulationsDependencies()
    shown = office.create_regulations(users)
    found = ([one["attributes"] for one in shown], handed_over(shown) < LAMBDA_ANSWERS)
    assert found == (users, True)


def test_search_looks_through_so_many_chunks_at_once() -> None:
    """However many there are, it answers in time; what it has not found may be on the next page."""
    office = FakeRegulationsDependencies()
    for number in range(250):
        office.accept(f"user-{number}", name=f"chunk-{number:03}")
    office.cancel("chunk-249-user-249", "chunk-249")
    first, second = pages(office, state=RegulationState.CANCELLING)
    found = (first["data"], [one["id"] for one in second["data"]])
    assert found == ([], ["chunk-249-user-249"])


def test_page_ends_early_where_users_have_long_names() -> None:
    """And the next one goes on: each regulation once, in the order in which they came."""
    office = FakeRegulationsDependencies()
    long = {f"name-{index}": "\U0001f600" * 500 for index in range(19)}
    asked = [
        one["id"]
        for start in range(0, 75, 25)
        for one in office.create_regulations(
            [{"userId": f"user-{start + n}"} | long for n in range(25)]
        )
    ]
    told = pages(office)
    found = [one["id"] for page in told for one in page["data"]]
    fits = max(map(handed_over, told)) < LAMBDA_ANSWERS
    assert (sorted(found), len(told), fits) == (sorted(asked), 2, True)


def test_search_by_user_has_pages() -> None:
    """However often the same user was asked for: each regulation once."""
    office = FakeRegulationsDependencies()
    asked = [
        one["id"]
        for number in range(250)
        for one in office.create_regulations(
            [{"userId": "ann", "ticket": str(number)}, {"userId": f"bob-{number}"}]
        )
        if one["attributes"]["userId"] == "ann"
    ]
    told = pages(office, user_id="ann")
    found = [one["id"] for page in told for one in page["data"]]
    assert (found, [len(page["data"]) for page in told]) == (sorted(asked), [100, 100, 50])

"""Counts of requests, and rate limits."""

from datetime import timedelta

import pytest

from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.traffic import CountedRequest, Traffic
from tests.unit.emulator.asgi_client import NOW, AsgiClient, event, group_update, tracked, update

LIMITED = Project(records_per_minute=3)
ERROR = "Project exceeded rate limits. Please retry the request with exponential backoff."


def test_e14_rate_of_records() -> None:
    """Records per minute are limited; rejected records count, too."""
    client = AsgiClient(LIMITED)
    statuses = []
    for records, seconds in (([event(), {}], 30), ([event()], 0), ([event()], 29), ([event()], 1)):
        statuses.append(client.import_events(records).status_code)
        client.advance(seconds)
    statuses.append(client.import_events([event()] * 2).status_code)
    assert (statuses, len(client.stored())) == ([400, 200, 429, 429, 200], 4)


def test_e14_rate_of_bytes() -> None:
    """Bytes per minute are limited."""
    size = len(AsgiClient().import_events([event()]).request.content)
    client = AsgiClient(Project(bytes_per_minute=2 * size))
    assert [client.import_events([event()]).status_code for _ in range(3)] == [200, 200, 429]


def test_e14_answers() -> None:
    """Import responds in its own shape, the others in the older one."""
    client = AsgiClient(Project(records_per_minute=0))
    responses = [
        client.import_events([event()]),
        client.track([tracked()]),
        client.engage(update(set={})),
        client.groups(group_update(set={})),
    ]
    older = {"error": ERROR, "status": 0}
    newer = {"code": 429, "error": ERROR, "status": "Too Many Requests"}
    assert ([item.status_code for item in responses], [item.json() for item in responses]) == (
        [429] * 4,
        [newer, older, older, older],
    )


def test_e14_each_project_has_its_own_minute() -> None:
    """Each project has its own limit."""
    other = Project(project_id="2", token="0ther", records_per_minute=3)
    client = AsgiClient(LIMITED, other)
    tokens = [LIMITED.token, other.token, LIMITED.token]
    responses = [client.track([tracked({"token": item})] * 2).status_code for item in tokens]
    assert responses == [200, 200, 429]


def test_counts_by_minute() -> None:
    """Requests, records and bytes are counted by minute, project and endpoint."""
    client = AsgiClient()
    size = len(client.import_events([event(), event()]).request.content)
    client.import_events([event(name="")])
    client.advance(60)
    client.track([tracked({"token": "nonsense"})])
    first, second = client.list_items("counts")
    assert (first["bytes"] > size, first | {"bytes": 0}) == (
        True,
        {
            "minute": "2026-01-15T12:00:00+00:00",
            "project": "1",
            "endpoint": "import",
            "requests": 2,
            "records": 3,
            "bytes": 0,
            "refused": 1,
        },
    )
    assert [second[name] for name in ("minute", "project", "endpoint", "requests", "records")] == [
        "2026-01-15T12:01:00+00:00",
        None,
        "track",
        1,
        1,
    ]


@pytest.mark.parametrize("seconds", [0, 61, -3600])
def test_rate_is_measured_by_the_clock(seconds: int) -> None:
    """Only the minute before the clock's time counts, wherever it is set."""
    client = AsgiClient(LIMITED)
    client.import_events([event()] * 3)
    client.advance(seconds)
    status = client.import_events([event({"time": 1_760_000_000})]).status_code
    assert status == (200 if seconds else 429)


def test_deletions_do_not_count_for_the_rate_limit() -> None:
    """Deletions do not count for the rate limit."""
    client = AsgiClient(LIMITED)
    client.delete_users(["user-1", "user-2", "user-3"])
    assert client.import_events([event()]).status_code == 200


def test_only_the_last_minute_is_stored_by_the_second() -> None:
    """Only the seconds of one minute are stored, however long it runs."""
    traffic = Traffic(limit=3)
    for second in range(200):
        at = NOW + timedelta(seconds=second)
        traffic.count(
            CountedRequest(at=at, project="1", endpoint="import", size=0, records=0, status=400)
        )
    assert (len(traffic.seconds["1"]), len(traffic.minutes)) == (60, 3)

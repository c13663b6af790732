"""Jobs of RudderStack's regulation worker are limited in number, before any of them is work."""

from typing import Any

import pytest

from rudder_mixpanel.regulations.transformer import MOST_JOBS, ServedDestination, answer_jobs

TOKEN = "t" * 32
SERVED = ServedDestination("ours", TOKEN, "engage")
JOB: dict[str, Any] = {
    "destType": "mp",
    "config": {"token": TOKEN},
    "userAttributes": [{"userId": "u-1"}],
}


@pytest.mark.parametrize("job", [JOB, {}, [], 0])
def test_too_many_jobs_are_not_carried_out(job: Any) -> None:
    """They get one result, whatever they are."""
    created: list[Any] = []
    results = answer_jobs([job] * (MOST_JOBS + 1), SERVED, created.append)
    assert (results, created) == (
        [{"statusCode": 413, "error": f"expected at most {MOST_JOBS} jobs"}],
        [],
    )


def test_as_many_jobs_as_are_allowed_are_carried_out() -> None:
    """Each gets its result."""
    created: list[Any] = []
    results = answer_jobs([JOB] * MOST_JOBS, SERVED, created.append)
    assert (len(results), len(created)) == (MOST_JOBS, MOST_JOBS)

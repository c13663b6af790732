"""Regulations are accepted by tables that throttle: a small sample of the program's figures."""

from tests.simulation.throttling import Acceptance


def test_request_is_accepted_in_spite_of_throttling() -> None:
    """Some transactions were cancelled, and all users are suppressed."""
    acceptance = Acceptance(users=300, units=300, latency=0.01).run()
    canceled = acceptance.statistics["calls"].get(
        "TransactWriteItems: TransactionCanceledException", 0
    )
    last = acceptance.attempts[-1]
    assert (last.status, last.suppressed, canceled > 0) == (201, 600, True)


def test_request_without_enough_time_goes_on_where_it_stopped() -> None:
    """It is told when to try again, and whoever is suppressed stays so."""
    acceptance = Acceptance(users=400, units=400, latency=0.01, timeout=12, waits=False).run()
    *unfinished, last = acceptance.attempts
    answers = {(attempt.status, attempt.code, attempt.retry_after) for attempt in unfinished}
    suppressed = [attempt.suppressed for attempt in acceptance.attempts]
    assert (answers, last.status, suppressed == sorted(suppressed), suppressed[-1]) == (
        {(503, "NOT_ACCEPTED_YET", 5)},
        201,
        True,
        800,
    )

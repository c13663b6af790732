"""The demo complains unless every event has the right outcome and all numbers add up."""

import io
import json
from collections import Counter
from dataclasses import replace

from rich.console import Console

from rudder_mixpanel.destination.destination import MILLISECONDS_A_DAY, Destination
from rudder_mixpanel.envelopes import Message
from sandbox.deletion import SAMPLES, Deletion
from sandbox.outcomes import Outcome, Results, ids_with_profile, rows_of
from sandbox.report import delivered_calls, differences, mismatches, show_events
from sandbox.samples import Sample, samples
from sandbox.stack import CREDENTIALS, SETTINGS
from tests.build import identify, track

NOTHING = Results(events={}, profiles=frozenset(), groups=frozenset(), rejections={})
LOST = "lost, neither in Mixpanel nor in the rejected queue"
DELETED = Deletion({"state": "completed"}, profile_created=True, profile_deleted=True)


def complaints(results: Results, *messages: Message | str) -> list[str]:
    """Return the demo's complaints when these were sent, with these results."""
    bodies = [body if isinstance(body, str) else json.dumps(body) for body in messages]
    rows = rows_of([Sample("a test", body) for body in bodies], results)
    return show_events(Console(file=io.StringIO()), rows)


def stored(event: Message, name: str) -> Results:
    """Return results in which Mixpanel stores one copy of an event."""
    return replace(NOTHING, events={event["messageId"]: [name]})


def test_lost_event_is_a_complaint() -> None:
    """Neither Mixpanel nor the rejected queue has it."""
    assert complaints(NOTHING, track()) == [f"track, a test: {LOST}"]


def test_wrongly_rejected_event_is_a_complaint() -> None:
    """A valid event must not be in the rejected queue."""
    body = json.dumps(identify(), separators=(",", ":"))
    rejections = {body: Outcome("rejected", "TOO_OLD: why", "TOO_OLD")}
    results = replace(NOTHING, rejections=rejections)
    assert complaints(results, body) == ["identify, a test: rejected, TOO_OLD: why"]


def test_lost_invalid_record_is_a_complaint() -> None:
    """A record that cannot be read must be in the rejected queue."""
    assert complaints(NOTHING, "{") == [f"(unreadable), a test: {LOST}"]


def test_delivered_event_is_no_complaint() -> None:
    """Mixpanel stores an event with its id."""
    event = track()
    assert complaints(stored(event, "Order Completed"), event) == []


def test_lost_duplicate_is_a_complaint() -> None:
    """Of two copies that were sent, Mixpanel must have stored two."""
    event = track()
    results = stored(event, "Order Completed")
    assert complaints(results, event, event) == [f"track, a test: {LOST}"]


def test_lost_duplicate_of_a_profile_is_a_complaint() -> None:
    """Another update of the same profile does not replace the lost one."""
    user, other = identify(), identify(messageId="another")
    results = replace(stored(other, "$merge"), profiles=frozenset({"user-1"}))
    assert complaints(results, other, user) == [f"identify, a test: {LOST}"]


def test_events_of_the_deleted_user_are_no_complaint() -> None:
    """The first made a profile that is deleted, the second was suppressed."""
    results = replace(NOTHING, deletion=DELETED, suppressed=1)
    rows = rows_of(list(SAMPLES), results)
    assert [row.outcome.name for row in rows if row.expected] == ["delivered", "suppressed"]


def test_late_event_in_mixpanel_is_a_complaint() -> None:
    """It must be suppressed."""
    late = SAMPLES[-1]
    (event,) = late.events
    assert isinstance(event, dict)
    results = replace(stored(event, "Clicked"), deletion=DELETED)
    (row,) = rows_of([late], results)
    assert (row.outcome.name, row.expected) == ("delivered", False)


def test_late_event_that_was_not_suppressed_is_lost() -> None:
    """The log has no suppressed event."""
    (row,) = rows_of([SAMPLES[-1]], replace(NOTHING, deletion=DELETED))
    assert (row.outcome.name, row.expected) == ("lost", False)


def test_user_who_was_not_deleted_is_a_complaint() -> None:
    """Each part of the deletion is checked."""
    deletion = Deletion({"state": "accepted"}, profile_created=False)
    assert (len(deletion.complaints), DELETED.complaints) == (3, [])


def test_delivered_events_are_counted_by_call_and_name() -> None:
    """Table 2 is made of the rows of table 1."""
    event = track()
    rows = rows_of([Sample("a test", json.dumps(event))], stored(event, "Order Completed"))
    assert delivered_calls(rows) == {("track", "Order Completed"): 1}


def test_numbers_that_do_not_add_up_are_complaints() -> None:
    """Mixpanel and the log must have what was delivered, neither more nor less."""
    delivered = Counter({("track", "A"): 2, ("group", ""): 1})
    assert mismatches(delivered, Counter({"A": 2})) == []
    assert mismatches(delivered, Counter({"A": 1, "B": 1})) == [
        "A: 2 delivered, and 1 received",
        "B: 0 delivered, and 1 received",
    ]
    counts = Counter({"received": 2, "delivered": 2})
    assert differences(counts, counts) == []
    assert differences(counts, Counter({"received": 2, "delivered": 1, "kept": 1})) == [
        "delivered: 2 events, and 1 in the log",
        "kept: 0 events, and 1 in the log",
    ]


def test_samples_do_not_grow_too_old() -> None:
    """The demo's settings accept the samples for a century."""
    assert (
        Destination.from_config({**CREDENTIALS, **SETTINGS}).max_event_age
        >= 36_500 * MILLISECONDS_A_DAY
    )


def test_samples_have_every_call_of_both_sdks() -> None:
    """The demo sends all six calls."""
    calls = {
        (sample.sent_as, event["type"])
        for sample in samples()
        if sample.sent_as.endswith("SDK")
        for event in sample.events
        if isinstance(event, dict)
    }
    names = ("identify", "track", "page", "screen", "group", "alias")
    assert calls == {(sdk, name) for sdk in ("Python SDK", "Node SDK") for name in names}


def test_profile_is_found_by_every_id_of_its_user() -> None:
    """Mixpanel shows it under one of them; other users stay apart."""
    identities = [{"ids": ["device", "user-1"]}, {"ids": ["user-2", "other"]}]
    found = ids_with_profile([{"distinct_id": "device"}, {"distinct_id": "alone"}], identities)
    assert found == {"device", "user-1", "alone"}

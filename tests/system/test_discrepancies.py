"""A function that loses or repeats events does not pass."""

from typing import Any

from tests.build import TOKEN, identify, track
from tests.system.delivery_system import DeliverySystem
from tests.system.discrepancies import discrepancies

PURCHASE = track(properties={"revenue": 5})


def subjects(system: DeliverySystem) -> set[str]:
    """What the discrepancies are about."""
    return {sentence.partition(":")[0] for sentence in discrepancies(system)}


def test_function_that_does_nothing_is_found(system: DeliverySystem) -> None:
    """Its records are gone from the queue, and are nowhere else."""
    system.source.function = lambda _event: None
    system.send(PURCHASE, identify(), "not JSON")
    system.run_until_empty()
    assert subjects(system) == {
        "counters",
        "events in a query",
        "kinds of rejected events",
        "raw events",
        "rejected events",
        "rejected in all",
        "settled in all",
        "updates",
    }


def test_function_that_does_everything_twice_is_found(system: DeliverySystem) -> None:
    """A query shows the event once, but Mixpanel has it twice, and so do the metrics."""

    def twice(event: Any) -> Any:
        system.invoke(event)
        return system.invoke(event)

    system.source.function = twice
    system.send(track())
    system.run_until_empty()
    assert subjects(system) == {"raw events", "settled in all"}


def test_counter_that_counts_twice_is_found(system: DeliverySystem) -> None:
    """Here another sender adds the second one, which Mixpanel cannot detect."""
    system.send(PURCHASE)
    system.run_until_empty()
    updates = system.mixpanel.updates()
    (counted,) = [update for update in updates if update["operation"] == "$append"]
    copy = {
        "$token": TOKEN,
        "$distinct_id": counted["distinct_id"],
        "$append": counted["value"],
    }
    system.mixpanel._http.post("/engage?verbose=1&ip=0", json=[copy])
    assert subjects(system) == {"counters"}


def test_function_that_always_fails_is_found(system: DeliverySystem) -> None:
    """In the end its records are dead letters."""
    system.source.function = lambda event: event["no such key"]
    system.send(track(integrations={"All": False}))
    system.run_until_empty()
    assert subjects(system) == {"dead letters", "failed invocations", "records never settled"}


def test_expired_record_is_found(system: DeliverySystem) -> None:
    """SQS deletes records that are older than its retention."""
    system.send(track(integrations={"All": False}))
    system.clock.advance(system.events.settings.retention)
    system.run_until_empty()
    assert subjects(system) == {"expired messages", "records never settled"}


def test_broken_rule_of_mixpanel_is_found(system: DeliverySystem) -> None:
    """The emulator lists it as a violation."""
    system.mixpanel._http.get("/nowhere")
    assert subjects(system) == {"violations"}

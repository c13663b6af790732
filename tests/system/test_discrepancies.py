"""The books find what is wrong: a function that loses or repeats events does not pass."""

from typing import Any

from tests.build import TOKEN, identify, track
from tests.system.delivery_system import DeliverySystem
from tests.system.discrepancies import discrepancies

PURCHASE = track(properties={"revenue": 5})


def found(system: DeliverySystem) -> set[str]:
    """What the books complain about."""
    return {one.partition(":")[0] for one in discrepancies(system)}


def test_function_that_does_nothing_is_found(system: DeliverySystem) -> None:
    """Its records are gone from the queue, and nowhere else."""
    system.source.function = lambda _event: None
    system.send(PURCHASE, identify(), "not JSON")
    system.run_until_empty()
    assert found(system) == {
        "counters",
        "events in a query",
        "kinds of rejected events",
        "raw events",
        "rejected events",
        "rejected in all",
        "settled in all",
        "updates",
    }


def test_function_that_does_all_twice_is_found(system: DeliverySystem) -> None:
    """A query shows the event once, but Mixpanel has it twice, and the accounts say so."""

    def twice(event: Any) -> Any:
        system.invoke(event)
        return system.invoke(event)

    system.source.function = twice
    system.send(track())
    system.run_until_empty()
    assert found(system) == {"raw events", "settled in all"}


def test_counter_that_counts_twice_is_found(system: DeliverySystem) -> None:
    """Here somebody else adds the second one, which Mixpanel cannot know."""
    system.send(PURCHASE)
    system.run_until_empty()
    (counted,) = [one for one in system.mixpanel.updates() if one["operation"] == "$append"]
    copy = {
        "$token": TOKEN,
        "$distinct_id": counted["distinct_id"],
        "$append": counted["value"],
    }
    system.mixpanel._http.post("/engage?verbose=1&ip=0", json=[copy])
    assert found(system) == {"counters"}


def test_function_that_keeps_dying_is_found(system: DeliverySystem) -> None:
    """In the end its records are dead letters."""
    system.source.function = lambda event: event["no such key"]
    system.send(track(integrations={"All": False}))
    system.run_until_empty()
    assert found(system) == {"dead letters", "failed invocations", "records never settled"}


def test_record_that_is_forgotten_is_found(system: DeliverySystem) -> None:
    """SQS deletes in silence what is older than its retention."""
    system.send(track(integrations={"All": False}))
    system.clock.advance(system.events.settings.retention)
    system.run_until_empty()
    assert found(system) == {"expired messages", "records never settled"}


def test_broken_rule_of_mixpanel_is_found(system: DeliverySystem) -> None:
    """Whatever the emulator took note of."""
    system.mixpanel._http.get("/nowhere")
    assert found(system) == {"violations"}

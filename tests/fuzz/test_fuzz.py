"""A few of the cases; `make fuzz` runs as many as fit into ten minutes, and measures them too."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, Kept, Outcome
from rudder_mixpanel.mixpanel.responses import MixpanelResponse
from tests.build import track
from tests.fuzz import mapping
from tests.fuzz.limits import slowness
from tests.fuzz.mapping import DESTINATIONS, mapping_complaints
from tests.fuzz.responses import outcome_complaints
from tests.fuzz.run import TARGETS, Finding, run_case
from tests.fuzz.target import Target
from tests.operations import event, request, update

SEEDS = range(100)


def findings(name: str) -> Iterator[Finding]:
    """What the cases of a target find, but for their time, which depends on the machine."""
    for seed in SEEDS:
        for finding in run_case(name, TARGETS[name], seed):
            if " µs " not in finding.complaint:
                yield finding


@pytest.mark.parametrize("name", TARGETS)
def test_hostile_input_is_handled(name: str) -> None:
    """Nothing raises, changes its input, or is called delivered without proof."""
    assert list(findings(name)) == []


def test_exception_is_a_finding() -> None:
    """It names the seed and the input."""
    target = Target(lambda random: random.randrange(1), lambda case: [str(1 // case)])
    (finding,) = run_case("planted", target, 7)
    named = (finding.target, finding.seed, finding.text, "ZeroDivisionError" in finding.complaint)
    assert named == ("planted", 7, "0", True)


def test_changed_event_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever maps an event must leave it as it is."""

    def spoil(message: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        message["type"] = "track"
        message["properties"].pop("order_id", None)
        return map_message(message, *arguments, **options)

    monkeypatch.setattr(mapping, "map_message", spoil)
    sentences = list(mapping_complaints(track(), DESTINATIONS[0]))
    assert "the event is changed" in sentences


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"{}"),
        (200, b'{"num_records_imported":2}'),
        (200, b'{"num_records_imported":0,"failed_records":[]}'),
        (400, b'{"num_records_imported":1}'),
        (500, b'{"num_records_imported":1}'),
        (400, b'{"num_records_imported":0,"failed_records":[{"index":0}]}'),
    ],
)
def test_event_that_is_delivered_without_proof_is_a_finding(status: int, body: bytes) -> None:
    """The response does not count it as stored."""
    response = MixpanelResponse(status, body)
    sentences = list(outcome_complaints(request(event()), response, [DELIVERED]))
    assert sentences == ["delivered without proof"]


@pytest.mark.parametrize("body", [b"0", b"", b'{"status":0}', b'{"status":1,"error":"odd"}'])
def test_update_that_is_delivered_without_proof_is_a_finding(body: bytes) -> None:
    """The response does not say that it was good."""
    response = MixpanelResponse(200, body)
    sentences = list(outcome_complaints(request(update()), response, [DELIVERED]))
    assert sentences == ["delivered without proof"]


@pytest.mark.parametrize("status", [200, 400, 403, 408, 500, 503])
def test_counter_that_is_certainly_not_applied_without_proof_is_a_finding(status: int) -> None:
    """It would be sent again, and count twice."""
    kept: Outcome = Kept(Code.MIXPANEL_UNAVAILABLE, "odd", not_applied=True)
    response = MixpanelResponse(status, b"{}")
    sentences = list(outcome_complaints(request(update("$add")), response, [kept]))
    assert sentences == ["not applied without proof"]


def test_slow_step_is_a_finding() -> None:
    """It takes longer than its input allows, each time."""
    assert "for 1 bytes" in slowness(lambda: math.factorial(5000), 1)

"""What is explained of an event is true: claims are checked against the event and the mapping."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mapping.explain.explanation import Explanation, explain_event
from rudder_mixpanel.mixpanel.operations import Payload
from tests.build import SENT_AT
from tests.unit.mapping.explain.others import is_used
from tests.unit.mapping.explain.parts import leaves_of, sentences_about, written
from tests.unit.mapping.explain.recomputed import is_recomputed, parts_by_path
from tests.unit.mapping.explain.samples import DESTINATIONS, Sample, samples
from tests.unit.mapping.test_invariants import GOOD, MESSAGES

ANY_SAMPLE = st.builds(
    Sample,
    st.just("any"),
    MESSAGES | GOOD,
    st.sampled_from(list(DESTINATIONS.values())),
    st.just(SENT_AT),
)


def explained(sample: Sample) -> tuple[list[Payload], Explanation] | None:
    """The requests of a sample and their explanation; None when it is rejected."""
    try:
        settings, rest = sample.destination.for_event(sample.message)
        operations, _ = map_message(rest, settings, now=sample.now)
    except RejectedEvent:
        return None
    explanation = explain_event(sample.message, sample.destination, operations, now=sample.now)
    return [operation.payload for operation in operations], explanation


@cache
def delivered() -> list[tuple[Sample, list[Payload], Explanation]]:
    """The samples that are not rejected, with their requests and explanations."""
    results = [(sample, explained(sample)) for sample in samples()]
    return [(sample, *result) for sample, result in results if result is not None]


def shape(request: Any) -> Any:
    """The names in a request, and in the one object in it that is explained by its properties."""
    inner = [name for name, item in request.items() if isinstance(item, dict)]
    return list(request), [list(request[name]) for name in inner]


def test_there_are_samples_of_every_call() -> None:
    """Dozens of each are delivered."""
    counts = Counter(sample.message["type"] for sample, _, _ in delivered())
    assert {kind: counts[kind] >= 12 for kind in counts} == dict.fromkeys(
        ("alias", "group", "identify", "page", "screen", "track"), True
    )


def test_each_value_of_each_request_has_a_sentence() -> None:
    """The explanation of a request has its fields and its properties, and nothing else."""
    wrong = [
        sample.name
        for sample, requests, explanation in delivered()
        if [shape(request) for request in requests]
        != [shape(sentences) for sentences in explanation.requests]
    ]
    assert wrong == []


def test_each_value_follows_from_its_sentence() -> None:
    """The value at the named path, changed as the sentence says, is the one that is sent."""
    wrong = [
        (sample.name, name, value, sentence)
        for sample, requests, explanation in delivered()
        for parts in [parts_by_path(sample)]
        for request, sentences in zip(requests, explanation.requests, strict=True)
        for name, value, sentence in values_and_sentences(request, sentences)
        if not is_recomputed(sentence, name, value, sample, parts)
    ]
    assert wrong == []


def values_and_sentences(request: Any, sentences: Any) -> Iterator[tuple[str, Any, str]]:
    """Each value of a request, with its name and the sentence about it."""
    for name, sentence in sentences.items():
        if isinstance(sentence, str):
            yield name, request[name], sentence
        else:
            yield from values_and_sentences(request[name], sentence)


def test_each_part_of_an_event_is_accounted_for_once() -> None:
    """Each value of the event is used or left out, by itself or with what it lies in."""
    assert [
        (sample.name, wrong)
        for sample, _, explanation in delivered()
        if (wrong := not_accounted_for_once(sample, explanation))
    ] == []


def not_accounted_for_once(sample: Sample, explanation: Explanation) -> list[str]:
    """The values of an event about which there is not just one sentence."""
    used, left_out = explanation.used, explanation.left_out
    return [
        written(keys)
        for keys in leaves_of(sample.message)
        if len(sentences_about(keys, used) + sentences_about(keys, left_out)) != 1
    ]


def test_what_is_used_makes_a_difference_and_what_is_left_out_makes_none() -> None:
    """Another value in its place makes other requests, if and only if it is used."""
    wrong = [
        (sample.name, written(keys), value)
        for sample, _, explanation in delivered()
        for keys, value in leaves_of(sample.message).items()
        if is_used(sample, keys, value) != bool(sentences_about(keys, explanation.used))
    ]
    assert wrong == []


@given(ANY_SAMPLE)
def test_any_event_is_explained(sample: Sample) -> None:
    """Whatever its fields contain, each value has a sentence and each part is accounted for."""
    if result := explained(sample):
        requests, explanation = result
        assert [shape(request) for request in requests] == [
            shape(sentences) for sentences in explanation.requests
        ]
        assert not_accounted_for_once(sample, explanation) == []


@given(ANY_SAMPLE)
def test_what_is_left_out_of_any_event_makes_no_difference(sample: Sample) -> None:
    """Whatever its fields contain."""
    left_out = result[1].left_out if (result := explained(sample)) else {}
    wrong = [
        written(keys)
        for keys, value in leaves_of(sample.message).items()
        if sentences_about(keys, left_out) and is_used(sample, keys, value)
    ]
    assert wrong == []

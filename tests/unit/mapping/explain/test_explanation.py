"""What is explained of an event is true: each claim is checked against the event and the mapping."""

from typing import Any

import pytest

from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mapping.explain.explanation import Explanation, explain_event
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.mixpanel.operations import Operation
from tests.unit.mapping.explain.others import makes_a_difference
from tests.unit.mapping.explain.parts import leaves_of, sentences_about, written
from tests.unit.mapping.explain.recomputed import is_recomputed
from tests.unit.mapping.explain.samples import Sample, samples


def mapped(sample: Sample) -> list[Operation]:
    """The operations of a sample; none when it is rejected."""
    try:
        settings, rest = sample.destination.for_event(sample.message)
        return map_message(rest, settings, now=sample.now)[0]
    except RejectedEvent:
        return []


def explained(sample: Sample) -> Explanation:
    """The explanation of a sample."""
    return explain_event(sample.message, sample.destination, mapped(sample), now=sample.now)


DELIVERED = [sample for sample in samples() if mapped(sample)]
each_sample = pytest.mark.parametrize("sample", DELIVERED, ids=[item.name for item in DELIVERED])


def values_and_sentences(payload: Any, sentences: Any) -> list[tuple[str, Any, str]]:
    """Each value of a request, with its name and the sentence about it."""
    nested = [name for name in payload if isinstance(sentences[name], dict)]
    return [
        *((name, payload[name], sentences[name]) for name in payload if name not in nested),
        *(
            (name, value, sentences[outer][name])
            for outer in nested
            for name, value in payload[outer].items()
        ),
    ]


def test_there_are_samples_of_every_call() -> None:
    """With and without SDKs."""
    kinds = [sample.message["type"] for sample in DELIVERED]
    assert {kind: kinds.count(kind) > 10 for kind in kinds} == dict.fromkeys(
        ("alias", "group", "identify", "page", "screen", "track"), True
    )


@each_sample
def test_each_value_of_each_request_has_a_sentence(sample: Sample) -> None:
    """The explanation of a request has its fields and its properties, and nothing else."""
    for operation, sentences in zip(mapped(sample), explained(sample).requests, strict=True):
        payload = operation.payload
        assert sentences.keys() == payload.keys()
        inner = [name for name, item in sentences.items() if isinstance(item, dict)]
        assert [sentences[name].keys() for name in inner] == [
            payload[name].keys() for name in inner
        ]
        assert len(inner) == 1


@each_sample
def test_each_value_follows_from_its_sentence(sample: Sample) -> None:
    """The value at the named path, changed as the sentence says, is the one that is sent."""
    wrong = [
        (name, value, sentence)
        for operation, sentences in zip(mapped(sample), explained(sample).requests, strict=True)
        for name, value, sentence in values_and_sentences(operation.payload, sentences)
        if not is_recomputed(sentence, name, value, sample)
    ]
    assert wrong == []


@each_sample
def test_each_part_of_the_event_is_accounted_for_once(sample: Sample) -> None:
    """Each value of the event is used or left out, by itself or with what it lies in."""
    explanation = explained(sample)
    accounts = {**explanation.used, **explanation.left_out}
    assert len(accounts) == len(explanation.used) + len(explanation.left_out)
    unclear = [
        written(keys)
        for keys in leaves_of(sample.message)
        if len(sentences_about(keys, accounts)) != 1
    ]
    assert unclear == []


@each_sample
def test_what_is_used_makes_a_difference_and_nothing_else_does(sample: Sample) -> None:
    """Another value in its place makes other requests, if and only if it is said to be used."""
    used = explained(sample).used
    wrong = [
        written(keys)
        for keys, value in leaves_of(sample.message).items()
        if not is_hashed_with_all(sample, keys)
        if makes_a_difference(sample.message, keys, value, sample.destination, sample.now)
        != bool(sentences_about(keys, used))
    ]
    assert wrong == []


def is_hashed_with_all(sample: Sample, keys: Any) -> bool:
    """Whether it is part of a messageId that is not one, so that the whole event is hashed."""
    return keys[0] == "messageId" and usable_id(sample.message["messageId"]) is None

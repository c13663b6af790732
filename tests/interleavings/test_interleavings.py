"""A sample of the interleavings; `make interleavings SEED=…` tells a hundred thousand."""

import pytest

from tests.interleavings.story import Story, told


@pytest.mark.parametrize("seed", range(60))
def test_promises_are_kept(seed: int) -> None:
    """No byte too late, every regulation ends, no request too soon, nobody deleted unasked."""
    assert told(seed).faults() == []


def test_stories_are_about_something() -> None:
    """Events are sent and replayed, users deleted, regulations cancelled in them."""
    stories = [told(seed) for seed in range(20)]
    found = (
        sum(len(story.sent) for story in stories) > 40,
        sum(len(story.deleting.deleted()) for story in stories) > 5,
        sum(len(story.cancelled) for story in stories) > 20,
        sum(story.replayed for story in stories) > 0,
        any('"$group_id"' in one.text for story in stories for one in story.sent),
    )
    assert found == (True, True, True, True, True)


def test_broken_promise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery that looks nobody up is found out."""
    monkeypatch.setattr(
        "tests.interleavings.story.Lookups.look_up",
        lambda _, identifiers: dict.fromkeys(identifiers, False),
    )
    assert any(Story(seed).tell().broken_promises() for seed in range(20))

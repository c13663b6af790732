"""A few of the interleavings over the built functions; `make interleavings` tells hundreds."""

import pytest

from tests.interleavings.built import Story, Town, told


@pytest.mark.parametrize("seed", range(4))
def test_built_functions_keep_promises(town: Town, seed: int) -> None:
    """No byte too late, every regulation ends, no request too soon, nobody deleted unasked."""
    assert told(town, seed).faults() == []


def test_stories_are_about_something(town: Town) -> None:
    """Events are sent in them, users deleted, and regulations cancelled."""
    stories = [told(town, seed) for seed in range(100, 103)]
    found = (
        any(story.cancelled for story in stories),
        any(story.promises for story in stories),
        len(stories[-1].requests()) > 0,
    )
    assert found == (True, True, True)


def test_broken_promise_is_noticed(town: Town) -> None:
    """A request about somebody whom nobody has suppressed, and whom the story believes to be."""
    story = Story(town, 200)
    town.mixpanel.reset()
    story.event()
    story.deliver()
    (_, text), *_ = story.requests()
    story.promises["made-up"] = (town.clock().replace(year=2000), [])
    story.promises["made-up"][1].extend(
        one for one in [*story.people, *(f"device-{p}" for p in story.people)] if one in text
    )
    assert len(story.broken_promises()) == len(story.requests())

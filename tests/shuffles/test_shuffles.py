"""Whatever fails, dies, comes late or comes again: each property ends as its newest update says."""

import pytest

from tests.shuffles.__main__ import run_seed
from tests.shuffles.discrepancies import discrepancies
from tests.shuffles.one_group import MOST, run_group, wrong_in
from tests.shuffles.scenario import Shuffle

# As many as take some seconds; `make shuffles` runs 100,000.
SEEDS = 100


@pytest.mark.parametrize("first", range(0, SEEDS, 10))
def test_profiles_end_as_their_newest_updates_say(first: int) -> None:
    """Three invocations at once, with failures of all kinds, replays and backfills."""
    wrong = {seed: failures for seed in range(first, first + 10) if (failures := run_seed(seed)[1])}
    assert wrong == {}


def test_shuffles_meet_all_that_they_are_about() -> None:
    """Over the seeds above."""
    shuffles = [Shuffle(seed).run() for seed in range(25)]
    happened = {
        "deaths": sum(each.chances.deaths for each in shuffles),
        "late arrivals": sum(each.chances.late_arrivals for each in shuffles),
        "superseded": sum(len(each.superseded) for each in shuffles),
        "replayed": sum(each.replayed for each in shuffles),
        "in doubt": sum(each.in_doubt for each in shuffles),
    }
    assert [name for name, count in happened.items() if count < 10] == []


def calm_shuffle(dies_at: dict[int, int]) -> Shuffle:
    """A shuffle in which nothing fails, but the processes that die at these touches."""
    shuffle = Shuffle(39, is_calm=True)
    shuffle.stack.dies_at = dies_at
    return shuffle.run()


TOUCHES = calm_shuffle({}).stack.first_touches


@pytest.mark.parametrize("touch", range(TOUCHES))
def test_death_after_any_touch_leaves_no_older_value(touch: int) -> None:
    """Of the first invocation, while others go on."""
    shuffle = calm_shuffle({0: touch})
    assert (discrepancies(shuffle), shuffle.chances.deaths) == ([], 1)


def test_no_record_of_a_busy_group_is_received_more_than_five_times() -> None:
    """One group in every batch of ten invocations at once."""
    stack = run_group(200)
    assert (wrong_in(stack, 200), max(stack.receives) <= MOST) == ([], True)

"""Lists of regulations: pages, conditions, and how much is read for them."""

import re
from collections import Counter
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.requests import RequestError
from rudder_mixpanel.regulations.search import PageLimits, list_regulations
from rudder_mixpanel.regulations.search_request import RegulationSearch
from tests.fakes.deletion import START
from tests.fakes.regulations import VIEWER, FakeRegulationsDependencies

# A new year, in seconds since 1970, as the fake clock starts.
NEW_YEAR = int(START.timestamp())


class CountingRepository:
    """A repository that counts what is read of it."""

    def __init__(self, repository: Any) -> None:
        self.repository = repository
        self.calls: Counter[str] = Counter()
        self.decoded = 0

    def page(self, *arguments: Any) -> Any:
        """Count a query."""
        self.calls["query"] += 1
        return self.repository.page(*arguments)

    def load_all(self, names: Any) -> Any:
        """Count a batch, and each chunk that is decoded."""
        self.calls["batch"] += 1
        for chunk in self.repository.load_all(names):
            self.decoded += 1
            yield chunk


def write_chunks(fakes: FakeRegulationsDependencies, *sizes: int, every: int = 1) -> list[str]:
    """Accept chunks of these many users, one every few seconds, and return the regulations."""
    members: list[str] = []
    for size in sizes:
        number = len(fakes.stored_regulations.chunks)
        users = [f"{number}-{user}" for user in range(size)]
        members += fakes.accept(*users, name=f"chunk-{number}").members
        fakes.time += timedelta(seconds=every)
    return members


def ids(pages: Any) -> list[str]:
    """The ids on these pages, in order."""
    return [regulation["id"] for regulation in chain.from_iterable(page["data"] for page in pages)]


sizes = st.lists(st.integers(1, 7), max_size=8)
limits = st.builds(
    PageLimits,
    regulations=st.integers(1, 9),
    chunks=st.integers(1, 4),
    searched=st.integers(1, 9),
    size=st.integers(1, 5_000),
)


@given(sizes=sizes, added=sizes, limits=limits, every=st.integers(0, 1))
def test_pages_have_each_regulation_once(
    sizes: list[int], added: list[int], limits: PageLimits, every: int
) -> None:
    """Under any limits, in the order of creation, also while new ones are added."""
    fakes = FakeRegulationsDependencies()
    before = write_chunks(fakes, *sizes, every=every)
    new = iter(added)
    listed, late = [], []
    for page in fakes.pages(limits):
        listed += ids([page])
        fakes.time += timedelta(seconds=1)
        late += write_chunks(fakes, *[size for size in [next(new, 0)] if size])
    assert (Counter(listed) - Counter(late), max(Counter(listed).values(), default=1)) == (
        Counter(before),
        1,
    )


@given(
    sizes=sizes,
    limits=limits,
    chosen=st.sets(st.integers(0, 30)),
    since=st.integers(0, 9),
    seconds=st.integers(0, 9),
)
def test_search_finds_those_that_match(
    sizes: list[int], limits: PageLimits, chosen: set[int], since: int, seconds: int
) -> None:
    """All of a period in one of the states, and no others."""
    fakes = FakeRegulationsDependencies()
    write_chunks(fakes, *sizes)
    everything = [
        (index, regulation)
        for index in range(len(sizes))
        for regulation in fakes.chunk(f"chunk-{index}").members
    ]
    for number, (index, regulation) in enumerate(everything):
        if number in chosen:
            fakes.cancel(regulation, f"chunk-{index}")
    period = range(since, since + seconds)
    pages = fakes.pages(
        limits,
        states=frozenset({RegulationState.CANCELLING, RegulationState.FAILED}),
        since=NEW_YEAR + period.start,
        until=NEW_YEAR + period.stop,
    )
    assert Counter(ids(pages)) == Counter(
        regulation
        for number, (index, regulation) in enumerate(everything)
        if number in chosen and index in period
    )


@given(limits=limits, requests=st.integers(0, 9))
def test_search_by_user_has_each_regulation_once(limits: PageLimits, requests: int) -> None:
    """Sorted by id, under any limits."""
    fakes = FakeRegulationsDependencies()
    created = [
        regulation["id"]
        for number in range(requests)
        for regulation in fakes.create_regulations(
            [{"userId": "ann", "anonymousId": f"device-{number}"}, {"userId": "bob"}]
        )
        if regulation["attributes"]["userId"] == "ann"
    ]
    assert ids(fakes.pages(limits, user_id="ann")) == sorted(created)


def test_search_by_reference_finds_its_requests() -> None:
    """And no others."""
    fakes = FakeRegulationsDependencies()
    write_chunks(fakes, 1, 2)
    chunk = fakes.chunk("chunk-1")
    chunk.reference = "ticket 1"
    fakes.stored_regulations.save(chunk)
    found = [ids(fakes.pages(reference=reference)) for reference in ("ticket 1", "ticket 2")]
    assert found == [chunk.members, []]


def test_deleted_chunk_moves_no_other() -> None:
    """A page that continues after it has what follows, from its first regulation."""
    fakes = FakeRegulationsDependencies()
    members = write_chunks(fakes, 2, 2, 2)
    pages = fakes.pages(PageLimits(size=1))
    first = [next(pages), next(pages), next(pages)]
    del fakes.stored_regulations.chunks["chunk-1"]
    assert ids([*first, *pages]) == [*members[:3], *members[4:]]


def test_regulation_about_a_user_without_a_record_is_missing() -> None:
    """The user's others are found, and its id is returned beside them."""
    fakes = FakeRegulationsDependencies()
    for ticket in "12":
        fakes.create_regulations([{"userId": "ann", "anonymousId": f"device-{ticket}"}])
    lost, kept = fakes.stored_regulations.chunks
    [regulation] = fakes.chunk(lost).members
    del fakes.stored_regulations.chunks[lost]
    [page] = fakes.pages(user_id="ann")
    assert (ids([page]), page["missing"]) == (fakes.chunk(kept).members, [regulation])


@pytest.mark.parametrize(
    ("cursor", "message"),
    [
        ("x", "expected the value of paging.next"),
        ("0123456789ab|000000000001#c|", "of a search with these conditions"),
    ],
)
def test_cursor_of_another_search_is_rejected(cursor: str, message: str) -> None:
    """So is one that is not a cursor."""
    search = RegulationSearch(after=cursor)
    with pytest.raises(RequestError, match=re.escape(message)):
        list_regulations(search, VIEWER, FakeRegulationsDependencies())


def test_cursor_holds_no_id_of_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor anything that can be computed from it without the key."""
    fakes = FakeRegulationsDependencies()
    for ticket in "12":
        fakes.create_regulations([{"userId": "ann", "anonymousId": f"device-{ticket}"}])
    page = next(fakes.pages(PageLimits(regulations=1), user_id="ann"))
    monkeypatch.setattr(fakes, "pseudonym", lambda _: "another key")
    with pytest.raises(RequestError, match="of a search with these conditions"):
        list_regulations(
            RegulationSearch(user_id="ann", after=page["paging"]["next"]), VIEWER, fakes
        )


def test_chunks_of_one_user_are_read_in_batches() -> None:
    """The first alone, then a hundred at a time."""
    fakes = FakeRegulationsDependencies()
    write_chunks(fakes, *[1] * 1_001)
    fakes.repository = CountingRepository(fakes.stored_regulations)
    listed = ids(fakes.pages())
    assert (len(listed), fakes.repository.calls) == (1_001, {"query": 3, "batch": 12})


def test_large_chunk_is_decoded_once() -> None:
    """A page that reaches its limit inside of one ends with it."""
    fakes = FakeRegulationsDependencies()
    write_chunks(fakes, 1_999, 1_999, 1_999)
    fakes.repository = CountingRepository(fakes.stored_regulations)
    lengths = [len(page["data"]) for page in fakes.pages()]
    assert (lengths, fakes.repository.decoded) == ([1_999, 1_999, 1_999, 0], 3)


def test_period_does_not_read_the_rest() -> None:
    """Of a hundred chunks, the ten of the period."""
    fakes = FakeRegulationsDependencies()
    members = write_chunks(fakes, *[1] * 100)
    fakes.repository = CountingRepository(fakes.stored_regulations)
    listed = ids(fakes.pages(since=NEW_YEAR + 50, until=NEW_YEAR + 60))
    assert (listed, fakes.repository.decoded) == (members[50:60], 10)


def test_search_stops_after_a_number_of_chunks() -> None:
    """So that it responds in time; a page may be empty and have a next one."""
    fakes = FakeRegulationsDependencies()
    members = write_chunks(fakes, *[1] * 250)
    fakes.cancel(members[-1], "chunk-249")
    limits = PageLimits(chunks=200)
    pages = list(fakes.pages(limits, states=frozenset({RegulationState.CANCELLING})))
    assert [ids([page]) for page in pages] == [[], [members[-1]]]

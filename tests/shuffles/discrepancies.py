"""What must be true of a shuffle when it has ended.

What an update is comes from the mapping, and when it was made from the messages alone. Which update
a value is from shows in the value.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mixpanel.operations import COUNTING, Operation
from rudder_mixpanel.profiles.updates import LAST_WINS
from rudder_mixpanel.suppression import pseudonym
from tests.fakes.accounting import (
    account_discrepancies,
    difference,
    expected_operations,
    queue_discrepancies,
)
from tests.shuffles.scenario import Copy, Message, Shuffle, queued_message
from tests.shuffles.touches import LATEST_ARRIVAL, TIME_LIMIT

# Seconds after the last fault or arrival in which everything is settled: records rest for a quarter
# of an hour and a fifth of it, and a lease of a process that died lasts for two minutes.
LONGEST: Final = 3 * 3600

type Profile = tuple[str, ...]
type Stamp = tuple[int, bytes]


class Update(NamedTuple):
    """An operation of a copy of a message, on a profile."""

    profile: Profile
    operation: Operation
    stamp: Stamp
    message: Message
    copy: Copy

    @property
    def key(self) -> tuple[Copy, str]:
        """What outcomes are noted under."""
        return self.copy, self.operation.name


@dataclass
class Expected:
    """The updates of a shuffle by what became of them."""

    shuffle: Shuffle
    accepted: list[Update] = field(default_factory=list)
    doubtful: list[Update] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sort them."""
        shuffle = self.shuffle
        settled = shuffle.delivered | shuffle.superseded
        for copy, (message, sent_at) in shuffle.sent.items():
            for update in updates_of(shuffle, copy, message, sent_at):
                (self.accepted if update.key in settled else self.doubtful).append(update)

    def profiles(self) -> Mapping[Profile, tuple[list[Update], list[Update]]]:
        """For each profile, the accepted and the doubtful updates."""
        found: defaultdict[Profile, tuple[list[Update], list[Update]]] = defaultdict(
            lambda: ([], [])
        )
        for index, updates in enumerate((self.accepted, self.doubtful)):
            for update in updates:
                found[update.profile][index].append(update)
        return found


def discrepancies(shuffle: Shuffle) -> list[str]:
    """Every discrepancy; empty if there is none."""
    stack, expected = shuffle.stack, Expected(shuffle)
    return [
        *(f"violation of {violation['rule']}" for violation in stack.store.violations),
        *queue_discrepancies(stack.events, stack.dead),
        *account_discrepancies(stack.accounts),
        *lost(expected),
        *unfinished(shuffle),
        *(
            f"{' '.join(profile)}: {sentence}"
            for profile, (accepted, doubtful) in expected.profiles().items()
            for sentence in profile_discrepancies(shuffle, profile, accepted, doubtful)
        ),
    ]


def updates_of(shuffle: Shuffle, copy: Copy, message: Message, sent_at: int) -> Iterator[Update]:
    """The updates of profiles by one copy of a message; none if we reject it."""
    now = datetime.fromtimestamp(sent_at / 1000, UTC)
    try:
        operations = expected_operations(message, shuffle.stack.destination, now)
    except RejectedEvent:
        return
    text = message.get("timestamp")
    time = datetime.fromisoformat(text).timestamp() * 1000 if text else sent_at
    tie = sha256(message["messageId"].encode()).digest()[:4]
    for operation in operations:
        if operation.endpoint in {"engage", "groups"}:
            stamp = int(min(time, sent_at)), tie
            yield Update(operation.profile, operation, stamp, message, copy)


def lost(expected: Expected) -> Iterator[str]:
    """Updates that are neither accepted nor superseded, rejected or suppressed."""
    shuffle = expected.shuffle
    rejected = {
        (queued.first_record_id, event["messageId"])
        for message in shuffle.stack.rejected.messages()
        for queued in [queued_message(message)]
        for event in queued.events
        if event
    }
    for update in expected.doubtful:
        is_suppressed = update.message["userId"] in shuffle.suppressed
        if update.copy not in rejected and not is_suppressed:
            yield f"{update.copy} {update.operation.name} is lost"


def unfinished(shuffle: Shuffle) -> Iterator[str]:
    """What took too long, leases that nobody ends, and items of users who are deleted."""
    stack = shuffle.stack
    # A record with more refused operations than a sender tries one by one waits until it expires.
    if not shuffle.refused and stack.seconds > shuffle.ends_at + LONGEST:
        yield f"settled {stack.seconds - shuffle.ends_at:.0f} s after the last fault"
    longest = stack.clock().timestamp() + TIME_LIMIT + LATEST_ARRIVAL + 10
    for item in stack.tables.profiles.items.values():
        if item.lease > longest:
            yield f"a lease until {item.lease}"
    for user in shuffle.suppressed:
        if pseudonym(stack.tables.profiles.key, user) in stack.tables.profiles.items:
            yield f"an item of {user}, who is deleted"


def profile_discrepancies(
    shuffle: Shuffle, profile: Profile, accepted: list[Update], doubtful: list[Update]
) -> Iterator[str]:
    """What is wrong with one profile."""
    store = shuffle.stack.store
    profiles = store.profiles if len(profile) == 1 else store.groups
    stored = next((each for key, each in profiles.items() if key[1:] == profile), None)
    properties = stored.properties if stored else {}
    yield from wrong_values(properties, accepted, doubtful)
    yield from wrong_lists(properties, accepted, doubtful)
    yield from wrong_counts(properties, accepted, doubtful)
    if stored and len(profile) == 1:
        yield from wrong_presence(shuffle, stored.metadata, profile, accepted, doubtful)


def wrong_values(
    properties: Mapping[str, Any], accepted: list[Update], doubtful: list[Update]
) -> Iterator[str]:
    """Properties that are not as the newest update says.

    One that was rejected in the end may have been applied.
    """
    winners: dict[str, tuple[Stamp, Any]] = {}
    for update, name, value in set_values(accepted):
        if name not in winners or winners[name][0] < update.stamp:
            winners[name] = update.stamp, value
    allowed = {name: [value] for name, (_, value) in winners.items()}
    for update, name, value in set_values(doubtful):
        if name not in winners:
            allowed.setdefault(name, [None]).append(value)
        elif update.stamp > winners[name][0]:
            allowed[name].append(value)
    for name, values in allowed.items():
        if properties.get(name) not in values:
            yield f"{name} is {properties.get(name)}, expected {values}"


def set_values(updates: list[Update]) -> Iterator[tuple[Update, str, Any]]:
    """The values that updates set, of the properties for which the last one wins."""
    for update in updates:
        payload = update.operation.payload
        for verb in LAST_WINS:
            for name, value in payload.get(verb, {}).items():
                yield update, name, value


def wrong_lists(
    properties: Mapping[str, Any], accepted: list[Update], doubtful: list[Update]
) -> Iterator[str]:
    """What is set once by nobody, and lists in which something is missing, foreign, or twice."""
    first = properties.get("first_seen")
    once, maybe = values_of("$set_once", "first_seen", accepted, doubtful)
    if first not in (once | maybe if once else maybe | {None}):
        yield f"first_seen is {first}, expected one of {once or maybe}"
    united = properties.get("interests", [])
    expected = values_of("$union", "interests", accepted, doubtful)
    yield from wrong_members("interests", united, *expected)


def values_of(
    verb: str, name: str, accepted: list[Update], doubtful: list[Update]
) -> tuple[set[Any], set[Any]]:
    """The values that accepted updates, and doubtful ones, give to a property."""
    certain, maybe = (
        {
            value
            for update in updates
            for given in [update.operation.payload.get(verb, {}).get(name, [])]
            for value in (given if isinstance(given, list) else [given])
        }
        for updates in (accepted, doubtful)
    )
    return certain, maybe


def wrong_members(
    name: str, members: list[Any], expected: set[Any], maybe: set[Any]
) -> Iterator[str]:
    """Members of a list that are missing, foreign, or there twice."""
    counts = Counter(members)
    if missing := expected - counts.keys():
        yield f"{missing} missing in {name}"
    if foreign := counts.keys() - expected - maybe:
        yield f"{foreign} foreign in {name}"
    if twice := {value for value, count in counts.items() if count > 1}:
        yield f"{twice} twice in {name}"


def wrong_counts(
    properties: Mapping[str, Any], accepted: list[Update], doubtful: list[Update]
) -> Iterator[str]:
    """Counters that did not count once."""
    expected = values_of("$append", "campaigns", accepted, doubtful)
    yield from wrong_members("campaigns", properties.get("campaigns", []), *expected)
    certain, maybe = values_of("$add", "item_count", accepted, doubtful)
    total, counted = round(properties.get("item_count", 0)), []
    for amount in sorted(certain | maybe, reverse=True):
        counted += [amount] * (total // amount)
        total %= amount
    yield from wrong_members("item_count", counted, certain, maybe)
    yield from difference("rest of item_count", total, 0)


def wrong_presence(
    shuffle: Shuffle,
    metadata: Mapping[str, Any],
    profile: Profile,
    accepted: list[Update],
    doubtful: list[Update],
) -> Iterator[str]:
    """An address, and a "last seen", that are of older updates than the newest.

    Counters promise less.
    """
    plain = [each for each in accepted if COUNTING.isdisjoint(each.operation.payload)]
    if not plain:
        return
    # A newer one that was suppressed in the end may be there, or have been the newest for a while.
    newest = max(plain, key=lambda each: each.stamp)
    later = [each for each in (*accepted, *doubtful) if each.stamp >= newest.stamp]
    addresses = {each.message.get("context", {}).get("ip") for each in later} - {None}
    is_newest = all(each.stamp <= newest.stamp for each in doubtful)
    has_address = is_newest and "$ip" in newest.operation.payload
    if has_address and metadata.get("$ip") not in addresses:
        yield f"$ip is {metadata.get('$ip')}, expected one of {addresses}"
    seen_by = [
        change
        for change in shuffle.stack.store.updates
        if change.get("distinct_id") == profile[0]
        and change["at"][:19] == metadata.get("$last_seen", "")[:19]
    ]
    names = {each.message["messageId"] for each in later}
    if seen_by and not any(may_be_seen(change, names) for change in seen_by):
        yield f"$last_seen is {metadata.get('$last_seen')}, of {seen_by}, expected {names}"


def may_be_seen(change: Mapping[str, Any], names: set[str]) -> bool:
    """Whether a change may move "last seen": a counter's, one of these messages, or unknown."""
    if change["operation"] in COUNTING:
        return True
    values = {str(value).strip("[]'") for value in change["value"].values()}
    sources = {value for value in values if value.startswith("m")}
    return not sources or not sources.isdisjoint(names)

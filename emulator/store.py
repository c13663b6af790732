"""All that the emulator remembers, as much of it as fits."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from emulator.records import milliseconds

type Item = dict[str, Any]


@dataclass(slots=True)
class Profile:
    """A user's or a group's properties, and what the latest update said beside them."""

    properties: Item = field(default_factory=dict)
    metadata: Item = field(default_factory=dict)


type Profiles = dict[tuple[str, ...], Profile]


# Of each list; what is older is forgotten.
LIMIT: Final = 100_000


class Store:
    """Events, profiles and the record of how they came, oldest first."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.events: deque[Item] = deque(maxlen=limit)
        self.violations: deque[Item] = deque(maxlen=limit)
        self.requests: deque[Item] = deque(maxlen=limit)
        self.deletions: deque[Item] = deque(maxlen=limit)
        self.profiles: Profiles = {}
        self.groups: Profiles = {}

    def keep(self, profiles: Profiles, key: tuple[str, ...], profile: Profile) -> None:
        """Remember a profile, and forget the oldest when there are too many."""
        profiles[key] = profile
        if len(profiles) > self.limit:
            del profiles[next(iter(profiles))]

    def clear(self) -> None:
        """Forget everything."""
        for each in (self.events, self.violations, self.requests, self.deletions):
            each.clear()
        self.profiles.clear()
        self.groups.clear()

    def view(self, name: str) -> list[Item]:
        """One of the lists by its name, as JSON; KeyError when there is none of that name."""
        views = {
            "events": self.events,
            "violations": self.violations,
            "requests": self.requests,
            "deletions": self.deletions,
            "profiles": described(self.profiles, ("project", "distinct_id")),
            "groups": described(self.groups, ("project", "group_key", "group_id")),
        }
        return list(views[name])

    def queried_events(self) -> list[Item]:
        """The events as a query sees them: of several copies, the latest."""
        seen: dict[object, Item] = {}
        for event in self.events:
            identity = same_event(event)
            # The latest takes the place where it arrived.
            seen.pop(identity, None)
            seen[identity] = event
        return list(seen.values())


def same_event(event: Item) -> object:
    """What two copies of an event have in common; without `$insert_id` an event has no copies."""
    properties = event["properties"]
    insert_id = properties.get("$insert_id")
    if not insert_id:
        return id(event)
    time = properties.get("time")
    return (
        event["project"],
        event["event"],
        str(properties.get("distinct_id")),
        None if time is None else milliseconds(time),
        str(insert_id),
    )


def described(profiles: Profiles, names: tuple[str, ...]) -> list[Item]:
    """Profiles with their keys spelled out."""
    return [
        dict(zip(names, key, strict=True))
        | {"properties": profile.properties, "metadata": profile.metadata}
        for key, profile in profiles.items()
    ]

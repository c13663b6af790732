"""All that the emulator remembers, as much of it as fits."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mixpanel_emulator.state.identities import Identities
from mixpanel_emulator.state.tasks import Tasks
from mixpanel_emulator.state.traffic import Traffic

type Item = dict[str, Any]
type Listener = Callable[[str, Item], None]


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
        self.listeners: list[Listener] = []
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.events: deque[Item] = deque(maxlen=self.limit)
        self.updates: deque[Item] = deque(maxlen=self.limit)
        self.violations: deque[Item] = deque(maxlen=self.limit)
        self.requests: deque[Item] = deque(maxlen=self.limit)
        self.arrivals = {
            "events": self.events,
            "updates": self.updates,
            "violations": self.violations,
            "requests": self.requests,
        }
        self.profiles: Profiles = {}
        self.groups: Profiles = {}
        self.tasks = Tasks(self.limit)
        self.traffic = Traffic(self.limit)
        self.identities: dict[str, Identities] = {}
        self.tell("reset", {})

    def add(self, kind: str, item: Item) -> None:
        """Remember one more of its kind, and tell whoever listens."""
        self.arrivals[kind].append(item)
        self.tell(kind, item)

    def tell(self, kind: str, item: Item) -> None:
        """Tell whoever listens that something came or changed."""
        for listener in self.listeners:
            listener(kind, item)

    def keep(self, profiles: Profiles, key: tuple[str, ...], profile: Profile) -> None:
        """Remember a profile, and forget the oldest when there are too many."""
        profiles[key] = profile
        if len(profiles) > self.limit:
            del profiles[next(iter(profiles))]

    def identities_of(self, project: str) -> Identities:
        """The identity clusters of a project."""
        return self.identities.setdefault(project, Identities(self.limit))

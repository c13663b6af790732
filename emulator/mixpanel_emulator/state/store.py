"""Everything the emulator stores, up to a limit for each list."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mixpanel_emulator.state.deletion_tasks import DeletionTasks
from mixpanel_emulator.state.export_requests import ExportRequests
from mixpanel_emulator.state.identities import Identities
from mixpanel_emulator.state.traffic import Traffic
from mixpanel_emulator.state.users import Users

Item = dict[str, Any]
# Called with the kind of an item and the item whenever one arrives or changes.
Subscriber = Callable[[str, Item], None]


@dataclass(slots=True)
class Profile:
    """A user's or a group's properties, and the other fields of its latest update."""

    properties: Item = field(default_factory=dict)
    metadata: Item = field(default_factory=dict)


Profiles = dict[tuple[str, ...], Profile]


# The length of each list; older items are dropped.
LIMIT: Final = 100_000


class Store:
    """Events, profiles, and the requests that brought them, oldest first."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.subscribers: list[Subscriber] = []
        self.clear()

    def clear(self) -> None:
        """Remove everything."""
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
        self.tasks = DeletionTasks(self.limit)
        self.traffic = Traffic(self.limit)
        self.exports = ExportRequests()
        self.users = Users(self.limit)
        self.identities: dict[str, Identities] = {}
        self.publish("reset", {})

    def add(self, kind: str, item: Item) -> None:
        """Append an item to the list of its kind, and publish it."""
        self.arrivals[kind].append(item)
        self.publish(kind, item)

    def publish(self, kind: str, item: Item) -> None:
        """Pass an item that arrived or changed to all subscribers."""
        for subscriber in self.subscribers:
            subscriber(kind, item)

    def add_profile(self, profiles: Profiles, key: tuple[str, ...], profile: Profile) -> None:
        """Add a profile, and drop the oldest beyond the limit."""
        profiles[key] = profile
        if len(profiles) > self.limit:
            del profiles[next(iter(profiles))]

    def identities_of(self, project: str) -> Identities:
        """Return the identities of a project."""
        return self.identities.setdefault(project, Identities(self.limit))

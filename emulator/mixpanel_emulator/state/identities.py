"""The identifiers of each user, joined in one of Mixpanel's two ways: original or simplified."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from mixpanel_emulator import messages

CLUSTER_LIMIT: Final = 500
PAIR: Final = 2
UUID_V4: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(slots=True)
class Cluster:
    """All identifiers of one user, and the one that events are shown under."""

    distinct_id: str
    ids: list[str]


class Identities:
    """The clusters of one project; an identifier in no cluster is a user of its own."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.by_id: dict[str, Cluster] = {}

    def bind(self, device: str, user: str) -> None:
        """Simplified: give the device to the user, unless it already belongs to a user."""
        if device in self.by_id:
            return
        cluster = self.by_id.get(user) or self.create(user)
        self.put(device, cluster)

    def identify(self, properties: Mapping[str, Any]) -> str | None:
        """Original, `$identify`: join an anonymous id to a user, or return why not."""
        user = properties.get("$identified_id") or properties.get("distinct_id")
        anonymous = properties.get("$anon_id") or properties.get("$anon_distinct_id")
        if not is_id(user) or not is_id(anonymous):
            return messages.IDENTITIES_MISSING
        # Mixpanel's client for browsers names a device.
        device = anonymous if "$anon_id" in properties else anonymous.removeprefix("$device:")
        if not UUID_V4.fullmatch(device.lower()):
            return messages.ANONYMOUS_NOT_UUID
        if anonymous in self.by_id and not self.are_joined(anonymous, user):
            return messages.ANONYMOUS_MERGED
        return self.join(user, anonymous)

    def alias(self, properties: Mapping[str, Any]) -> str | None:
        """Original, `$create_alias`: add an identifier to a user, or return why not."""
        distinct_id, alias = properties.get("distinct_id"), properties.get("alias")
        if not is_id(distinct_id) or not is_id(alias):
            return messages.IDENTITIES_MISSING
        if alias in self.by_id and not self.are_joined(alias, distinct_id):
            return messages.ALIAS_TAKEN
        return self.join(distinct_id, alias)

    def merge(self, properties: Mapping[str, Any]) -> str | None:
        """Original, `$merge`: join two identifiers, or return why not."""
        ids = properties.get("$distinct_ids")
        if not isinstance(ids, list) or len(ids) != PAIR or not all(map(is_id, ids)):
            return messages.NOT_TWO_IDENTITIES
        return self.join(*ids)

    def join(self, first: str, second: str) -> str | None:
        """Make one cluster of two, shown under the first identifier, or return why not."""
        if self.are_joined(first, second):
            return None
        target = self.by_id.get(first)
        source = self.by_id.get(second)
        moved = list(source.ids) if source else [second]
        if (len(target.ids) if target else 1) + len(moved) > CLUSTER_LIMIT:
            return messages.CLUSTER_FULL
        cluster = target or self.create(first)
        for identifier in moved:
            self.put(identifier, cluster)
        return None

    def are_joined(self, first: str, second: str) -> bool:
        """Whether two identifiers belong to the same user."""
        return first == second or (
            first in self.by_id and self.by_id[first] is self.by_id.get(second)
        )

    def create(self, distinct_id: str) -> Cluster:
        """Create a cluster of one identifier."""
        cluster = Cluster(distinct_id, [])
        self.put(distinct_id, cluster)
        return cluster

    def put(self, identifier: str, cluster: Cluster) -> None:
        """Add an identifier to a cluster, and forget the oldest cluster beyond the limit."""
        self.by_id[identifier] = cluster
        cluster.ids.append(identifier)
        if len(self.by_id) > self.limit:
            self.forget(next(iter(self.by_id)))

    def forget(self, identifier: str) -> None:
        """Forget the cluster of an identifier."""
        if cluster := self.by_id.get(identifier):
            for member in cluster.ids:
                del self.by_id[member]
            # The cluster may be the one that is growing: it must not list what is forgotten.
            cluster.ids.clear()

    def canonical(self, identifier: str) -> str:
        """Return the identifier that its events are shown under."""
        cluster = self.by_id.get(identifier)
        return cluster.distinct_id if cluster else identifier

    def all_of(self, identifier: str) -> list[str]:
        """Return every identifier of the same user."""
        cluster = self.by_id.get(identifier)
        return cluster.ids if cluster else [identifier]

    def clusters(self) -> list[Cluster]:
        """Return each cluster once, oldest first."""
        return list({id(cluster): cluster for cluster in self.by_id.values()}.values())


def is_id(value: Any) -> TypeGuard[str]:
    """Whether the value can identify a user."""
    return isinstance(value, str) and value != ""


def derive_distinct_id(properties: Mapping[str, Any]) -> str | None:
    """Return the distinct_id of a simplified project's event: its user, else its device."""
    if user_id := properties.get("$user_id"):
        return str(user_id)
    device = properties.get("$device_id")
    return device_id(device) if device else None


def device_id(device: Any) -> str:
    """Return the identifier of a device in the name space of users."""
    return f"$device:{str(device).removeprefix('$device:')}"

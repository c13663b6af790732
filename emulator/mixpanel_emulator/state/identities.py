"""Which identifiers are one person, as each of Mixpanel's two ways of merging sees it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeIs

from mixpanel_emulator import texts as say

CLUSTER_LIMIT: Final = 500
UUID_V4: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(slots=True)
class Cluster:
    """One person: the identifier that events are shown under, and all of them."""

    distinct_id: str
    ids: list[str]


class Identities:
    """The clusters of one project; an identifier of none stands for itself."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.by_id: dict[str, Cluster] = {}

    def bind(self, device: str, user: str) -> None:
        """Simplified: the device is the user's, unless it already is somebody's."""
        if device in self.by_id:
            return
        cluster = self.by_id.get(user) or self.new(user)
        self.put(device, cluster)

    def identify(self, properties: Mapping[str, Any]) -> str | None:
        """Original, `$identify`: join an anonymous id to an identified one, or say why not."""
        user = properties.get("$identified_id") or properties.get("distinct_id")
        anonymous = properties.get("$anon_id")
        if not is_id(user) or not is_id(anonymous):
            return say.IDENTITIES_MISSING
        if not UUID_V4.fullmatch(anonymous.lower()):
            return say.ANONYMOUS_NOT_UUID
        if anonymous in self.by_id and not self.are_one(anonymous, user):
            return say.ANONYMOUS_MERGED
        return self.join(user, anonymous)

    def alias(self, properties: Mapping[str, Any]) -> str | None:
        """Original, `$create_alias`: give somebody one more identifier, or say why not."""
        distinct_id, alias = properties.get("distinct_id"), properties.get("alias")
        if not is_id(distinct_id) or not is_id(alias):
            return say.IDENTITIES_MISSING
        if alias in self.by_id and not self.are_one(alias, distinct_id):
            return say.ALIAS_TAKEN
        return self.join(distinct_id, alias)

    def merge(self, properties: Mapping[str, Any]) -> str | None:
        """Original, `$merge`: make two identifiers one person, or say why not."""
        ids = properties.get("$distinct_ids")
        if not isinstance(ids, list) or len(ids) != 2 or not all(map(is_id, ids)):  # noqa: PLR2004 - a pair
            return say.NOT_TWO_IDENTITIES
        return self.join(*ids)

    def join(self, first: str, second: str) -> str | None:
        """Make one cluster of two identifiers, shown under the first one's, or say why not."""
        if self.are_one(first, second):
            return None
        kept = self.by_id.get(first)
        joined = self.by_id.get(second)
        moved = list(joined.ids) if joined else [second]
        if (len(kept.ids) if kept else 1) + len(moved) > CLUSTER_LIMIT:
            return say.CLUSTER_FULL
        cluster = kept or self.new(first)
        for one in moved:
            self.put(one, cluster)
        return None

    def are_one(self, first: str, second: str) -> bool:
        """Whether two identifiers are the same person's."""
        return first == second or (
            first in self.by_id and self.by_id[first] is self.by_id.get(second)
        )

    def new(self, distinct_id: str) -> Cluster:
        """A cluster of one."""
        cluster = Cluster(distinct_id, [])
        self.put(distinct_id, cluster)
        return cluster

    def put(self, identifier: str, cluster: Cluster) -> None:
        """File an identifier, and forget the oldest cluster when there are too many."""
        self.by_id[identifier] = cluster
        cluster.ids.append(identifier)
        if len(self.by_id) > self.limit:
            self.forget(next(iter(self.by_id)))

    def forget(self, identifier: str) -> None:
        """Forget the cluster that an identifier is in."""
        if cluster := self.by_id.get(identifier):
            for one in cluster.ids:
                del self.by_id[one]
            # It may be about to take in others.
            cluster.ids.clear()

    def canonical(self, identifier: str) -> str:
        """The identifier that its events are shown under."""
        cluster = self.by_id.get(identifier)
        return cluster.distinct_id if cluster else identifier

    def all_of(self, identifier: str) -> list[str]:
        """Every identifier of the same person."""
        cluster = self.by_id.get(identifier)
        return cluster.ids if cluster else [identifier]

    def clusters(self) -> list[Cluster]:
        """Each cluster once, oldest first."""
        return list({id(cluster): cluster for cluster in self.by_id.values()}.values())


def is_id(value: Any) -> TypeIs[str]:
    """Whether somebody can be known by this."""
    return isinstance(value, str) and value != ""

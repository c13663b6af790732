"""A RudderStack message read for one destination: who, when, and what every mapping needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.identity import insert_id, usable_id
from rudder_mixpanel.mapping.times import event_time, since_epoch
from rudder_mixpanel.mapping.values import filled, first, path
from rudder_mixpanel.operations import Operation, Payload

HOUR: Final = timedelta(hours=1) // timedelta(milliseconds=1)
DAY: Final = timedelta(days=1) // timedelta(milliseconds=1)
# /track drops what is older, and answers success: https://developer.mixpanel.com/reference/track-event
TRACK_API_DAYS: Final = 5
IP: Final = (path("context.ip"), path("request_ip"))
ACTIVE: Final = path("context.active")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message and what was decided about it; `fields` is the message with usable ids only."""

    fields: Mapping[str, Any]
    destination: Destination
    user_id: str | None
    anonymous_id: str | None
    now: int
    time: int
    left_out: list[str]

    @classmethod
    def read(cls, raw: Mapping[str, Any], destination: Destination, now: datetime) -> Self:
        """Read a decoded message; `now` is when the queue first took it."""
        user_id, anonymous_id = usable_id(raw.get("userId")), usable_id(raw.get("anonymousId"))
        return cls(
            fields={**raw, "userId": user_id, "anonymousId": anonymous_id},
            destination=destination,
            user_id=user_id,
            anonymous_id=anonymous_id,
            now=since_epoch(now),
            time=event_time(raw, now),
            left_out=[
                "identifier"
                for name, usable in (("userId", user_id), ("anonymousId", anonymous_id))
                if usable is None and filled(raw.get(name))
            ],
        )

    @property
    def distinct_id(self) -> str:
        """Whom the update is about, in the spelling of the project's way to merge identities."""
        if self.user_id is not None:
            return self.user_id
        if self.anonymous_id is None:
            raise RejectedEvent(Code.MISSING_IDENTITY, "expected userId or anonymousId", "userId")
        return f"$device:{self.anonymous_id}" if self.destination.simplified else self.anonymous_id

    @property
    def insert_id(self) -> str:
        """By what Mixpanel tells a copy of this message from another one."""
        return insert_id(self.fields, self.time)

    def check_age(self) -> None:
        """Refuse what happened too long ago, or has not happened yet."""
        age, oldest = self.now - self.time, self.destination.max_event_age_days
        if age > oldest * DAY:
            raise RejectedEvent(
                Code.TOO_OLD, f"expected a time within {oldest:g} days", "timestamp"
            )
        if age < -HOUR:
            raise RejectedEvent(
                Code.IN_FUTURE, "expected a time at most an hour ahead", "timestamp"
            )

    def event(self, name: str, properties: dict[str, Any]) -> Operation:
        """An event for the API that the destination prefers, if that takes one of this age."""
        recent = self.now - self.time <= TRACK_API_DAYS * DAY
        to_track = self.destination.ingestion_api == "track" and recent
        return Operation(
            "track" if to_track else "import", {"event": name, "properties": properties}
        )

    def identity_event(self, name: str, properties: dict[str, Any]) -> Operation:
        """An event that changes who is who; only /import takes every kind of them.

        The peer sends it without time and id; ours can be told from its own copy.
        """
        return Operation(
            "import",
            {
                "event": name,
                "properties": {
                    **properties,
                    "token": self.destination.token,
                    "time": self.time,
                    "$insert_id": self.insert_id,
                },
            },
        )

    def profile_update(self, verb: str, values: Any) -> Operation:
        """An update of the user's profile.

        It always says where the user is, so that nobody is located at a data centre, and leaves
        "last seen" alone for what the user did not do themselves (`context.active` false).
        """
        payload: Payload = {
            verb: values,
            "$token": self.destination.token,
            "$distinct_id": self.distinct_id,
        }
        ip = first(self.fields, IP)
        if ip is not None:
            payload["$ip"] = ip
        if first(self.fields, (ACTIVE,)) is False:
            payload["$ignore_time"] = True
        return Operation("engage", payload)

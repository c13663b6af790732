"""A RudderStack message read for one destination: who, when, and what every mapping needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.draft import Draft
from rudder_mixpanel.mapping.identity import insert_id, usable_id
from rudder_mixpanel.mapping.times import event_time, since_epoch
from rudder_mixpanel.mapping.values import as_object, filled, first, path
from rudder_mixpanel.operations import COUNTING, Operation, Payload

HOUR: Final = timedelta(hours=1) // timedelta(milliseconds=1)
DAY: Final = timedelta(days=1) // timedelta(milliseconds=1)
# /track drops what is older, and answers success: https://developer.mixpanel.com/reference/track-event
TRACK_API_DAYS: Final = 5
# /import refuses what is older than a project keeps, which is two years at least.
SHORTEST_RETENTION_DAYS: Final = 730
IP: Final = (path("context.ip"), path("request_ip"))
# Beside what it updates, a profile update says
UPDATE: Final = {
    "$token": "the destination's token",
    "$distinct_id": "userId, else anonymousId",
    "$ip": "context.ip, else request_ip",
    "$ignore_time": "context.active is false",
    "$time": "the event's time",
}


@dataclass(slots=True)
class Message:
    """One message and what was decided about it; `fields` is the message with usable ids only."""

    fields: Mapping[str, Any]
    context: dict[str, Any]
    destination: Destination
    user_id: str | None
    anonymous_id: str | None
    now: int
    time: int
    left_out: list[str]
    explain: bool
    about_user: Payload | None = None

    @classmethod
    def read(
        cls, raw: Mapping[str, Any], destination: Destination, now: datetime, *, explain: bool
    ) -> Self:
        """Read a decoded message; `now` is when the queue first took it."""
        said = raw.get("userId"), raw.get("anonymousId")
        user_id, anonymous_id = usable = usable_id(said[0]), usable_id(said[1])
        left_out: list[str] = []
        if usable != said:
            left_out = [
                "identifier"
                for one, before in zip(usable, said, strict=True)
                if one is None and filled(before)
            ]
            raw = {**raw, "userId": user_id, "anonymousId": anonymous_id}
        return cls(
            raw,
            as_object(raw.get("context")),
            destination,
            user_id,
            anonymous_id,
            since_epoch(now),
            event_time(raw, now),
            left_out,
            explain,
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

    def draft(self) -> Draft:
        """Properties to be written."""
        return Draft(explain=self.explain)

    def event(self, name: str, draft: Draft) -> Operation:
        """An event for the API that the destination prefers, if that takes one of this age."""
        recent = self.now - self.time <= TRACK_API_DAYS * DAY
        to_track = self.destination.ingestion_api == "track" and recent
        return Operation(
            "track" if to_track else "import",
            {"event": name, "properties": draft.properties},
            draft.origins,
        )

    def identity_event(self, name: str, draft: Draft) -> Operation:
        """An event that changes who is who; only /import takes every kind of them.

        The peer sends it without time and id; ours can be told from its own copy. Two ids belong
        together however old the call that says so: where Mixpanel would refuse its time, it is when
        the queue took it.
        """
        taken = 0 <= self.now - self.time <= SHORTEST_RETENTION_DAYS * DAY
        time = self.time if taken else self.now
        told = {"token": self.destination.token, "time": time, "$insert_id": self.insert_id}
        draft.write(told, "stated on every event")
        return Operation("import", {"event": name, "properties": draft.properties}, draft.origins)

    @property
    def user(self) -> Payload:
        """What every update of the user's profile says beside what it updates.

        It always says where the user is, so that nobody is located at a data centre, and leaves
        "last seen" alone for what the user did not do themselves (`context.active` false).
        """
        if self.about_user is None:
            said: Payload = {"$token": self.destination.token, "$distinct_id": self.distinct_id}
            ip = first(self.fields, IP)
            if ip is not None:
                said["$ip"] = ip
            if self.context.get("active") is False:
                said["$ignore_time"] = True
            self.about_user = said
        return self.about_user

    def profile_update(self, verb: str, draft: Draft, **more: Any) -> Operation:
        """An update of the user's profile."""
        payload = {verb: draft.properties, **self.user, **more}
        if draft.origins is not None:
            draft.origins.update({name: UPDATE[name] for name in payload if name in UPDATE})
        key = self.ledger_key(verb, draft) if verb in COUNTING else ""
        # Not asked of the payload, since nothing else in it says who somebody is.
        return Operation("engage", payload, draft.origins, key, frozenset((self.distinct_id,)))

    def ledger_key(self, verb: str, draft: Draft) -> str:
        """By what the ledger knows a counter: project, user, message, and what of it counts.

        The user too, since not every sender's messageIds are unique.
        """
        names = ",".join(sorted(draft.properties))
        message = usable_id(self.fields.get("messageId")) or self.insert_id
        return f"{self.destination.token} {self.distinct_id} {message} {verb} {names}"

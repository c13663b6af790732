"""A RudderStack message read for one destination: who, when, and what every mapping needs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from rudder_mixpanel.destination.destination import DEVICE, MILLISECONDS_A_DAY, Destination
from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.origins import ON_EVERY_EVENT, ON_EVERY_UPDATE, Origins, of_each
from rudder_mixpanel.message.identity import insert_id, usable_id
from rudder_mixpanel.message.times import event_time
from rudder_mixpanel.message.values import as_object, has_content, is_sendable
from rudder_mixpanel.mixpanel.operations import COUNTING, IDENTITIES, Endpoint, Operation, Payload

HOUR: Final = timedelta(hours=1) // timedelta(milliseconds=1)
# /track drops what is older, and answers success: https://developer.mixpanel.com/reference/track-event
TRACK_API_DAYS: Final = 5
# /import refuses what is older than a project keeps, which is two years at least.
SHORTEST_RETENTION_DAYS: Final = 730
# What no event says of itself, unless its sender has put it into the properties
FOREIGN_IDENTITIES: Final = IDENTITIES - {"distinct_id", "$user_id", "$device_id"}


class MappingContext:
    """One message and what was decided about it; `fields` is the message with usable ids only.

    Times are in milliseconds since 1970; `now` is when the queue first took it. With `explain` each
    operation says where its properties come from.
    """

    __slots__ = (
        "about_user",
        "anonymous_id",
        "context",
        "destination",
        "explain",
        "fields",
        "left_out",
        "now",
        "time",
        "user_id",
    )

    def __init__(
        self, raw: Mapping[str, Any], destination: Destination, now: int, *, explain: bool
    ) -> None:
        user, anonymous = raw.get("userId"), raw.get("anonymousId")
        self.user_id = usable_id(user)
        self.anonymous_id = usable_id(anonymous)
        self.left_out: list[str] = []
        self.fields = raw
        if self.user_id is not user:
            self.say("userId", self.user_id, user)
        if self.anonymous_id is not anonymous:
            self.say("anonymousId", self.anonymous_id, anonymous)
        context = raw.get("context")
        self.context = context if type(context) is dict else as_object(context)
        self.destination = destination
        self.now = now
        self.time = event_time(raw, now)
        self.explain = explain
        self.about_user: Payload | None = None

    def say(self, name: str, usable: str | None, said: Any) -> None:
        """Let the fields say an id as it can be used; what stands for nobody is left out.

        Null and empty text stay: SDKs say so that somebody has not logged in.
        """
        if usable is not None:
            self.fields = {**self.fields, name: usable}
        elif said not in (None, ""):
            self.fields = {key: one for key, one in self.fields.items() if key != name}
            if has_content(said):
                self.left_out.append("identifier")

    @property
    def distinct_id(self) -> str:
        """Whom the update is about, in the spelling of the project's way to merge identities."""
        if self.user_id is not None:
            return self.user_id
        if self.anonymous_id is None:
            raise RejectedEvent(Code.MISSING_IDENTITY, "expected userId or anonymousId", "userId")
        return f"{DEVICE}{self.anonymous_id}" if self.destination.simplified else self.anonymous_id

    @property
    def insert_id(self) -> str:
        """By what Mixpanel tells a copy of this message from another one."""
        return insert_id(self.fields, self.time)

    def check_age(self) -> None:
        """Refuse what happened too long ago, or has not happened yet."""
        age, oldest = self.now - self.time, self.destination.max_event_age
        if age > oldest:
            raise RejectedEvent(
                Code.TOO_OLD,
                f"expected a time within {oldest / MILLISECONDS_A_DAY:g} days",
                "timestamp",
            )
        if age < -HOUR:
            raise RejectedEvent(
                Code.IN_FUTURE, "expected a time at most an hour ahead", "timestamp"
            )

    def event(self, name: str, properties: Payload, origins: Origins | None) -> Operation:
        """An event for the API that the destination prefers, if that takes one of this age."""
        prefers_track = self.destination.ingestion_api == "track"
        to_track = prefers_track and self.now - self.time <= TRACK_API_DAYS * MILLISECONDS_A_DAY
        payload = {"event": name, "properties": properties}
        endpoint: Endpoint = "track" if to_track else "import"
        return Operation(endpoint, payload, origins, "", self.ids_in(properties))

    def ids_in(self, properties: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Whom an event is about; None where its properties say more of that than its call does."""
        if not properties.keys().isdisjoint(FOREIGN_IDENTITIES):
            return None
        who, user, device = properties["distinct_id"], self.user_id, self.anonymous_id
        if self.destination.simplified:
            return (who,) if device is None else (who, device)
        if "$device_id" in properties or (user is None and "$user_id" in properties):
            return None
        return (who,)

    def identity_event(
        self, name: str, properties: Payload, rule: str, ids: tuple[str, str]
    ) -> Operation:
        """An event that says of two ids who they are; only /import takes every kind of them.

        The peer sends it without time and id; ours can be told from its own copy. Two ids belong
        together however old the call that says so: where Mixpanel would refuse its time, it is when
        the queue took it.
        """
        taken = 0 <= self.now - self.time <= SHORTEST_RETENTION_DAYS * MILLISECONDS_A_DAY
        time = self.time if taken else self.now
        said = {
            **properties,
            "token": self.destination.token,
            "time": time,
            "$insert_id": self.insert_id,
        }
        origins = None
        if self.explain:
            origins = of_each(said, ON_EVERY_EVENT, dict.fromkeys(properties, rule))
        return Operation("import", {"event": name, "properties": said}, origins, "", ids)

    @property
    def user(self) -> Payload:
        """What every update of the user's profile says beside what it updates.

        It always says where the user is, so that nobody is located at a data centre, and leaves
        "last seen" alone for what the user did not do themselves (`context.active` false).
        """
        if self.about_user is None:
            said: Payload = {"$token": self.destination.token, "$distinct_id": self.distinct_id}
            ip = self.context.get("ip")
            if not is_sendable(ip):
                ip = self.fields.get("request_ip")
            if is_sendable(ip):
                said["$ip"] = ip
            if self.context.get("active") is False:
                said["$ignore_time"] = True
            self.about_user = said
        return self.about_user

    def profile_update(self, verb: str, values: dict[str, Any], rule: str) -> Operation:
        """An update of the user's profile with what one rule has made."""
        key = self.ledger_key(verb, values) if verb in COUNTING else ""
        origins = dict.fromkeys(values, rule) if self.explain else None
        return self.update({verb: values, **self.user}, origins, key)

    def profile_setting(self, values: dict[str, Any], origins: Origins | None) -> Operation:
        """An update that sets all of a profile that the message tells, and says when that was."""
        return self.update({"$set": values, **self.user, "$time": self.time}, origins)

    def update(self, payload: Payload, origins: Origins | None, key: str = "") -> Operation:
        """An update of the user's profile, as it is sent."""
        if origins is not None:
            told = {name: rule for name, rule in ON_EVERY_UPDATE.items() if name in payload}
            origins = {**origins, **told}
        # Not asked of the payload, since nothing else in it says who somebody is.
        return Operation("engage", payload, origins, key, (payload["$distinct_id"],))

    def ledger_key(self, verb: str, values: Mapping[str, Any]) -> str:
        """By what the ledger knows a counter: project, user, message, and what of it counts.

        The user too, since not every sender's messageIds are unique.
        """
        names = ",".join(sorted(values))
        message = usable_id(self.fields.get("messageId")) or self.insert_id
        return f"{self.destination.token} {self.distinct_id} {message} {verb} {names}"

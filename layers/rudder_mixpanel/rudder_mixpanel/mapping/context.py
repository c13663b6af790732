"""The context of mapping one message: its ids and time, and the operations common to all calls."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from rudder_mixpanel.destination.destination import MILLISECONDS_A_DAY, Destination
from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping import cuts, limits
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.mapping.reserved import WRITTEN_ON_PROFILES
from rudder_mixpanel.message.identity import (
    DEVICE,
    IDENTITIES,
    device_id,
    usable_id,
    with_group_ids,
)
from rudder_mixpanel.message.insert_ids import content_hash, insert_id
from rudder_mixpanel.message.ip_addresses import user_address
from rudder_mixpanel.message.stamps import stamp
from rudder_mixpanel.message.times import event_time
from rudder_mixpanel.message.values import NOTHING, as_object, has_content, is_sendable
from rudder_mixpanel.mixpanel.operations import (
    COUNTING,
    Endpoint,
    Operation,
    Payload,
    is_tracked,
)

HOUR: Final = timedelta(hours=1) // timedelta(milliseconds=1)
# /import rejects events older than a project's retention, which is at least two years.
SHORTEST_RETENTION_DAYS: Final = 730
# Identity properties that only the sender's own properties can set
FOREIGN_IDENTITIES: Final = IDENTITIES - {"distinct_id", "$user_id", "$device_id"}


class MappingContext:
    """One message for one destination; `fields` is the message with usable ids only.

    Times are in milliseconds since 1970; `now` is the time at which the queue first received the
    message.
    """

    __slots__ = (
        "address",
        "anonymous_id",
        "destination",
        "fields",
        "left_out",
        "message_context",
        "now",
        "profile_fields",
        "profile_stamp",
        "time",
        "user_id",
    )

    def __init__(self, message: Mapping[str, Any], destination: Destination, now: int) -> None:
        user_id, anonymous_id = message.get("userId"), message.get("anonymousId")
        self.user_id = usable_id(user_id)
        self.anonymous_id = (device_id if destination.simplified else usable_id)(anonymous_id)
        self.left_out: list[LeftOut] = []
        self.fields = message
        if self.user_id is not user_id:
            self.replace_id("userId", self.user_id, user_id)
        if self.anonymous_id is not anonymous_id:
            self.replace_id("anonymousId", self.anonymous_id, anonymous_id)
        context = message.get("context")
        self.message_context = context if type(context) is dict else as_object(context)
        self.address = user_address(message, self.message_context)
        if self.address is None and has_content(self.message_context.get("ip")):
            self.left_out.append(LeftOut.ADDRESS)
        self.destination = destination
        self.now = now
        self.time = event_time(message, now)
        self.profile_fields: Payload | None = None
        self.profile_stamp = b""

    def replace_id(self, name: str, usable: str | None, original: Any) -> None:
        """Replace an id in the fields by its usable form, or remove a placeholder.

        Null and empty text stay: SDKs send them for a user who is not logged in.
        """
        if usable is not None:
            self.fields = {**self.fields, name: usable}
        elif original not in (None, ""):
            self.fields = {key: value for key, value in self.fields.items() if key != name}
            if has_content(original):
                self.left_out.append(LeftOut.IDENTIFIER)

    @property
    def distinct_id(self) -> str:
        """The id of the user, in the form that the project's ID merge requires.

        Raises RejectedEvent when the message has no usable id.
        """
        if self.user_id is not None:
            return self.user_id
        if self.anonymous_id is None:
            raise RejectedEvent(Code.MISSING_IDENTITY, "expected userId or anonymousId", "userId")
        return f"{DEVICE}{self.anonymous_id}" if self.destination.simplified else self.anonymous_id

    @property
    def insert_id(self) -> str:
        """The id by which Mixpanel recognizes a repeat of this message."""
        return insert_id(self.fields, self.time)

    def check_age(self) -> None:
        """Raise RejectedEvent when the event is too old, or more than an hour in the future."""
        age, oldest = self.now - self.time, self.destination.max_event_age
        if age > oldest:
            raise RejectedEvent(
                Code.TOO_OLD,
                f"expected a time within {oldest / MILLISECONDS_A_DAY:g} days",
                "timestamp",
            )
        if age < 0:
            if age < -HOUR:
                raise RejectedEvent(
                    Code.IN_FUTURE, "expected a time at most an hour ahead", "timestamp"
                )
            self.left_out.append(LeftOut.TIME)

    def merge(self, values: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
        """Merge properties in a new object; the others win, and what they replace is counted."""
        merged = {**values, **others}
        if len(merged) < len(values) + len(others):
            self.count_replaced(values, others)
        return merged

    def count_replaced(self, values: Mapping[str, Any], others: Mapping[str, Any]) -> None:
        """Count the values that others of the same name replace."""
        self.left_out += [
            LeftOut.REPLACED
            for name in values.keys() & others.keys()
            if is_sendable(values[name]) and values[name] != others[name]
        ]

    def count_cuts(self, operation: Operation, values: dict[str, Any], most_bytes: int) -> None:
        """Count what Mixpanel cuts of the values of an operation.

        Raises RejectedEvent when it may cut the id of the user.
        """
        for value in operation.ids:
            if value in (self.distinct_id, self.anonymous_id):
                cuts.check_id(value, "userId" if value == self.user_id else "anonymousId")
        self.left_out += cuts.find_cut_texts(operation.payload)
        self.left_out += cuts.find_large_values(values, most_bytes)

    def build_event(self, name: str, properties: Payload) -> Operation:
        """Build an event for the preferred API, or for /import when it is too old for /track."""
        prefers_track = self.destination.ingestion_api == "track"
        to_track = prefers_track and is_tracked(self.time, self.now)
        payload = {"event": name, "properties": properties}
        endpoint: Endpoint = "track" if to_track else "import"
        return Operation(endpoint, payload, "", self.event_ids(properties))

    def event_ids(self, properties: Mapping[str, Any]) -> tuple[str, ...] | None:
        """The ids that an event names; None when its own properties may name more."""
        if not properties.keys().isdisjoint(FOREIGN_IDENTITIES):
            return None
        distinct_id, device_id = properties["distinct_id"], self.anonymous_id
        if self.destination.simplified:
            return (distinct_id,) if device_id is None else (distinct_id, device_id)
        if "$device_id" in properties or (self.user_id is None and "$user_id" in properties):
            return None
        return (distinct_id,)

    def build_identity_event(
        self, name: str, properties: Payload, ids: tuple[str, str]
    ) -> Operation:
        """Build an event that relates two ids; only /import accepts all kinds of these.

        RudderStack sends it without time and id; with them, a repeat is recognized. Ids stay
        related however old the call is: a time that Mixpanel would reject becomes `now`.
        """
        accepted = 0 <= self.now - self.time <= SHORTEST_RETENTION_DAYS * MILLISECONDS_A_DAY
        complete = {
            **properties,
            "token": self.destination.token,
            "time": self.time if accepted else self.now,
            "$insert_id": self.insert_id,
        }
        event = Operation("import", {"event": name, "properties": complete}, "", ids)
        if cuts.may_be_cut(event.encoded, cuts.EVENT_VALUE_BYTES):
            self.count_cuts(event, NOTHING, cuts.EVENT_VALUE_BYTES)
        return event

    @property
    def stamp(self) -> bytes:
        """When the updates of this message were made, by which newer values are told from older."""
        if not self.profile_stamp:
            message_id = usable_id(self.fields.get("messageId")) or self.insert_id
            self.profile_stamp = stamp(self.time, self.now, message_id)
        return self.profile_stamp

    @property
    def update_fields(self) -> Payload:
        """The fields of every update of the user's profile, beside the values it updates.

        The IP address locates the user, who would else be located at a data center. `$ignore_time`
        leaves "last seen" unchanged for what the user did not do (`context.active` false). Raises
        RejectedEvent when the message has no usable id.
        """
        if self.profile_fields is None:
            fields: Payload = {"$token": self.destination.token, "$distinct_id": self.distinct_id}
            if self.address is not None:
                fields["$ip"] = self.address
            if self.message_context.get("active") is False:
                fields["$ignore_time"] = True
            self.profile_fields = fields
        return self.profile_fields

    def build_profile_update(self, verb: str, values: dict[str, Any]) -> Operation:
        """Build an update of the user's profile; raises RejectedEvent."""
        key = self.ledger_key(verb, values) if verb in COUNTING else ""
        return self.build_update(verb, values, self.update_fields, key)

    def build_profile_set(self, values: dict[str, Any]) -> Operation:
        """Build the update that sets all values of an identify call, with the call's time."""
        return self.build_update("$set", values, {**self.update_fields, "$time": self.time}, "")

    def build_update(
        self, verb: str, values: dict[str, Any], fields: Payload, key: str
    ) -> Operation:
        """Build an update with these fields beside its values; raises RejectedEvent."""
        if verb != "$add":
            values = with_group_ids(values, self.destination.group_keys)
        payload = {verb: values, **fields}
        # The payload contains no other id, so that it need not be searched for ids.
        update = Operation("engage", payload, key, (payload["$distinct_id"],), self.stamp)
        if not WRITTEN_ON_PROFILES.isdisjoint(values):
            self.left_out += [LeftOut.RESERVED] * len(values.keys() & WRITTEN_ON_PROFILES)
        self.check_update(update, values)
        return update

    def check_update(self, update: Operation, values: dict[str, Any]) -> None:
        """Count what Mixpanel cuts of an update of a user's or group's profile.

        Raises RejectedEvent when the update exceeds a limit.
        """
        # A shorter one has neither long texts nor many properties.
        if len(update.encoded) > cuts.TEXT_BYTES:
            limits.check_update(values, update.encoded)
            if cuts.may_be_cut(update.encoded, cuts.PROFILE_VALUE_BYTES):
                self.count_cuts(update, values, cuts.PROFILE_VALUE_BYTES)

    def ledger_key(self, verb: str, values: Mapping[str, Any]) -> str:
        """The ledger's key of a counter: a hash of project, user, message, verb and names.

        It includes the user because the messageIds of some senders are not unique. An `$insert_id`
        stands in a list, so that it is not mistaken for another message's messageId.
        """
        message_id = usable_id(self.fields.get("messageId")) or [self.insert_id]
        token, distinct_id = self.destination.token, self.distinct_id
        return content_hash(token, distinct_id, message_id, verb, sorted(values))

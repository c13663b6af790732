"""The outcome of each event that the demo sent, found in Mixpanel and in the rejected queue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rudder_mixpanel.envelopes import EnvelopeItem, Message, Unreadable, encode_json
from sandbox.deletion import LATE_EVENT, USER, Deletion
from sandbox.running import Sandbox
from sandbox.samples import Sample, expected_code

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

ID_LENGTH = 16  # characters of an id that are shown


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event, where it is now, and the name under which Mixpanel has it."""

    name: str
    place: str
    code: str | None = None
    stored_as: str | None = None


LOST = Outcome("lost", "neither in Mixpanel nor in the rejected queue")


@dataclass(frozen=True, slots=True)
class Row:
    """An event that was sent, and its outcome."""

    call: str
    sent_as: str
    outcome: Outcome
    expected: bool

    @property
    def complaint(self) -> str:
        """The event and its outcome in one line."""
        return f"{self.call}, {self.sent_as}: {self.outcome.name}, {self.outcome.place}"


def ids_with_profile(
    profiles: Iterable[Mapping[str, Any]], identities: Iterable[Mapping[str, Any]]
) -> frozenset[str]:
    """Every id of each user with a profile, which Mixpanel shows under one of them."""
    shown = {profile["distinct_id"] for profile in profiles}
    users = [{shown_as} for shown_as in shown] + [set(user["ids"]) for user in identities]
    return frozenset().union(*(ids for ids in users if not ids.isdisjoint(shown)))


@dataclass(frozen=True, slots=True)
class Results:
    """What Mixpanel and the rejected queue contain at the end.

    Mixpanel stores every copy of an event that arrives. `outcome_of` removes the copy it returns,
    so that one copy does not count for two events. Groups leave no copies.
    """

    events: dict[str, list[str]]
    profiles: frozenset[str]
    groups: frozenset[str]
    rejections: dict[str, Outcome]
    deletion: Deletion | None = None
    suppressed: int = 0

    @classmethod
    def read(cls, running: Sandbox, deletion: Deletion) -> "Results":
        """Read them from the emulator, the rejected queue and the log."""
        items = running.mixpanel.items
        events: dict[str, list[str]] = {}
        for event in items("events"):
            events.setdefault(event["properties"]["$insert_id"], []).append(event["event"])
        return cls(
            events,
            ids_with_profile(items("profiles"), items("identities")),
            frozenset(group["group_id"] for group in items("groups")),
            {message["Body"]: rejection(message) for message in running.stack.rejected()},
            deletion,
            running.stack.logged_outcomes()["suppressed"],
        )

    def outcome_of(self, event: EnvelopeItem) -> Outcome:
        """Return what became of an event."""
        body = event.body if isinstance(event, Unreadable) else encode_json(event)
        if body in self.rejections:
            return self.rejections[body]
        if isinstance(event, Unreadable):
            return LOST
        return self.outcome_of_message(event) or LOST

    def outcome_of_message(self, event: Message) -> Outcome | None:
        """Return the outcome of a readable event that is not rejected, or None if it is lost."""
        if event["type"] == "group":
            group = event["groupId"]
            return Outcome("delivered", f"group {group}") if group in self.groups else None
        copies = self.events.get(event["messageId"])
        name = copies.pop() if copies else None
        if event.get("userId") == USER:
            return self.outcome_of_deleted_user(event, name)
        user = event.get("userId") or event.get("anonymousId")
        if not name or (event["type"] == "identify" and user not in self.profiles):
            return None
        # The $merge event distinguishes this update of the profile from another.
        place = f"profile of {user}" if event["type"] == "identify" else f"event of {short(user)}"
        return Outcome("delivered", place, stored_as=name)

    def outcome_of_deleted_user(self, event: Message, stored: str | None) -> Outcome | None:
        """Return the outcome of an event of the user whose deletion was requested."""
        if stored:
            return Outcome("delivered", f"event of {USER}", stored_as=stored)
        if event["type"] == "identify" and self.deletion and self.deletion.profile_created:
            return Outcome("delivered", "profile, deleted since")
        if event["type"] == "track" and self.suppressed:
            return Outcome("suppressed", "never sent to Mixpanel")
        return None


def rejection(message: "MessageTypeDef") -> Outcome:
    """Return the outcome of an event in the rejected queue."""
    attributes = message["MessageAttributes"]
    code = attributes["code"]["StringValue"]
    return Outcome("rejected", f"{code}: {attributes['message']['StringValue']}", code)


def short(identifier: object) -> str:
    """Return an id, or its beginning if it is long."""
    text = str(identifier)
    return text if len(text) <= ID_LENGTH else f"{text[:8]}…"


def rows_of(sent: list[Sample], results: Results) -> list[Row]:
    """Return a row for each event of the samples."""
    return [row_of(sample, event, results) for sample in sent for event in sample.events]


def row_of(sample: Sample, event: EnvelopeItem, results: Results) -> Row:
    """Return an event's row."""
    outcome = results.outcome_of(event)
    return Row(call_of(event), sample.sent_as, outcome, is_expected(event, outcome))


def is_expected(event: EnvelopeItem, outcome: Outcome) -> bool:
    """Return whether the outcome is the right one for the event."""
    if code := expected_code(event):
        return outcome.code == code
    return outcome.name == ("suppressed" if is_late(event) else "delivered")


def is_late(event: EnvelopeItem) -> bool:
    """Return whether it is the event sent after its user's deletion was requested."""
    return not isinstance(event, Unreadable) and event.get("messageId") == LATE_EVENT["messageId"]


def call_of(event: EnvelopeItem) -> str:
    """Return the type of an event's call."""
    if isinstance(event, Unreadable):
        return "(unreadable)"
    return str(event.get("type", "(no type)"))

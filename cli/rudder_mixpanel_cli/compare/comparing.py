"""Compare the events of both sides that belong together, and count what differs."""

from collections.abc import Iterator
from datetime import UTC, tzinfo
from functools import partial
from itertools import groupby
from typing import Any, Final

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.envelopes import Message, decode_json, encode_json
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.message.log_ids import loggable_id
from rudder_mixpanel.message.values import js_text
from rudder_mixpanel.mixpanel.operations import IDENTITY_EVENTS
from rudder_mixpanel_cli.compare.account import Account, Example, Finding
from rudder_mixpanel_cli.compare.case import Case
from rudder_mixpanel_cli.compare.differing import Path
from rudder_mixpanel_cli.compare.expected import Expected, expected_of
from rudder_mixpanel_cli.compare.held import Clock, HeldEvent, is_in_milliseconds
from rudder_mixpanel_cli.compare.index import ComparedRow, ComparisonIndex
from rudder_mixpanel_cli.compare.keys import keys_held, keys_here, keys_of_rudderstack
from rudder_mixpanel_cli.compare.rudderstack import ABSENT
from rudder_mixpanel_cli.compare.rules import explain_absence, explain_mismatch, explain_presence
from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.personal_names import WITHHELD, may_be_personal

# An event of the export without a name
NAMELESS: Final = "(without a name)"


class Comparison:
    """Compares the events of an input with those of an export, for one destination."""

    def __init__(
        self, destination: Destination, *, now: int, zone: tzinfo = UTC, show_values: bool = False
    ) -> None:
        self.destination = destination
        self.now = now
        self.zone = zone
        self.show_values = show_values
        self.account = Account()
        self.index = ComparisonIndex()

    def add_message(self, message: Message) -> None:
        """Add an event that RudderStack delivered."""
        expected = expected_of(message, self.destination, self.now)
        keys = [
            (event is not None, keys_of_rudderstack(expected, i), keys_here(expected, i))
            for i, event in enumerate(expected.possible_events)
        ]
        self.index.add_message(encode_json(message).encode(), keys)
        self.count(expected)

    def count(self, expected: Expected) -> None:
        """Count a message by what this stack makes of it."""
        self.account.messages += 1
        self.account.updates += expected.updates
        if expected.filtered:
            self.account.filtered[expected.filtered] += 1
        if expected.code:
            self.account.rejected[str(expected.code)] += 1

    def add_held(self, name: Any, properties: dict[str, Any]) -> None:
        """Add an event that Mixpanel exported. Raises CommandError for one that is no JSON here."""
        body = encoded([name, properties])
        try:
            name, properties = decode_json(body.decode())
        except RejectedEvent as error:
            raise CommandError(f"an event of the export cannot be read: {error.message}") from None
        keys = keys_held(HeldEvent(name, properties), self.zone)
        in_milliseconds = is_in_milliseconds(properties.get("time"))
        self.index.add_held(body, keys, in_milliseconds=in_milliseconds)
        self.account.held += 1

    def run(self) -> Account:
        """Compare what was added."""
        self.index.match()
        self.account.in_milliseconds = self.index.in_milliseconds or not self.account.held
        clock = Clock(in_milliseconds=self.account.in_milliseconds, zone=self.zone)
        for expected, row in self.compared():
            self.compare(expected, row, clock)
        self.account.repeated = self.index.repeated
        for found in self.index.left_over():
            name = NAMELESS if found.name is None else self.shown_name(found.name)
            self.account.add_left_over(name, found)
        return self.account

    def shown_name(self, name: str) -> str:
        """A name as it may be shown."""
        return name if self.show_values or not may_be_personal(name) else WITHHELD

    def shown_path(self, path: Path) -> str:
        """A path as it may be shown, in which every element of a list is `[]`."""
        first, *rest = path
        names = ("[]" if isinstance(key, int) else f".{self.shown_name(key)}" for key in rest)
        return str(first) + "".join(names)

    def compared(self) -> Iterator[tuple[Expected, ComparedRow]]:
        """Each event with what this stack makes of its message."""
        for _, rows in groupby(self.index.compared(), key=lambda row: row.message):
            expected = None
            for row in rows:
                if row.position is None:
                    continue
                if expected is None:
                    message = decode_json(row.body.decode())
                    expected = expected_of(message, self.destination, self.now)
                yield expected, row

    def compare(self, expected: Expected, row: ComparedRow, clock: Clock) -> None:
        """Compare one event with what matches it, if anything does."""
        position = row.position or 0
        if row.held is not None:
            held = HeldEvent(*decode_json(row.held.decode()))
            self.compare_case(Case(expected, position, held, clock))
        elif expected.events and not row.is_repeated:
            self.miss(expected, position)

    def compare_case(self, case: Case) -> None:
        """Count what differs between both sides of an event."""
        self.account.compared += 1
        if case.sent is None:
            reason = case.expected.filtered or f"rejected: {case.expected.code}"
            finding = Finding("event", f"in Mixpanel, here {reason}", explain_presence(case))
            self.account.add_finding(finding, partial(self.example, case.expected))
            return
        is_equal = True
        for each in case.mismatches():
            finding = Finding(self.shown_path(each.path), each.change, explain_mismatch(each, case))
            is_equal = is_equal and finding.is_of_mixpanel
            example = partial(self.example, case.expected, each.held, each.sent)
            self.account.add_finding(finding, example)
        self.account.equal += is_equal

    def miss(self, expected: Expected, position: int) -> None:
        """Count an event that is sent here, and that Mixpanel does not have."""
        name = expected.events[position]["event"]
        if name in IDENTITY_EVENTS and not self.index.has_held(name):
            self.account.not_exported[name] += 1
            return
        key = explain_absence(expected, position)
        self.account.absent.add(key, partial(self.example, expected))

    def example(self, expected: Expected, held: Any = ABSENT, sent: Any = ABSENT) -> Example:
        """An event as an example, with values if they are to be shown."""
        message_id = expected.message.get("messageId")
        name = "" if message_id is None else loggable_id(js_text(message_id))
        values = {"mixpanel": held, "here": sent}
        known = {side: value for side, value in values.items() if value is not ABSENT}
        return Example(name, known if self.show_values and known else None)


def encoded(value: Any) -> bytes:
    """A value as JSON, in which half of a surrogate pair is U+FFFD, as this stack sends it."""
    text = encode_json(value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()

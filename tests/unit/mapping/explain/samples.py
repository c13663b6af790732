"""Events to explain: those that SDKs sent, the cases of the mapping, and unusual ones."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from rudder_mixpanel.delivery.remainder import read_parts
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.message.times import since_epoch
from tests.build import SENT_AT, destination

ROOT = Path(__file__).parents[4]
LISTS: dict[str, Any] = {
    "people": True,
    "productEvents": True,
    "groupKeysOnEvents": True,
    "propIncrements": ["count", "revenue"],
    "setOnceProperties": ["createdAt", "first.seen"],
    "unionProperties": ["interests", "address.city", "home.tags"],
    "appendProperties": ["log", "plan"],
    "groupKeySettings": ["groupId", "company", "org.id"],
}
DYNAMIC: dict[str, Any] = {
    "dataResidency": "{{ event.context.region || us }}",
    "propIncrements": ["{{ message.properties.counter || count }}"],
    "pageEventName": "{{ event.properties.kind || Page }}",
}
TEMPLATES: dict[str, Any] = {
    "useUserDefinedPageEventName": True,
    "useUserDefinedScreenEventName": True,
    "compatibility": "rudderstack",
    "userDefinedPageEventTemplate": "Saw {{ category }} {{ name }} page",
    "userDefinedScreenEventTemplate": "Saw {{ name }}",
}
DESTINATIONS = {
    "plain": destination(),
    "lists": destination(useNewMapping=True, **LISTS),
    "simplified": destination(identityMergeApi="simplified", **LISTS),
    "templates": destination(identityMergeApi="simplified", **TEMPLATES),
    "dynamic": destination(ingestionApi="track", **DYNAMIC),
}


class Sample(NamedTuple):
    """An event, the destination that it is mapped for, and when the queue got it."""

    name: str
    message: dict[str, Any]
    destination: Destination
    now: int

    @property
    def resolved(self) -> Destination:
        """The destination with the settings that the event gives."""
        return self.destination.for_event(self.message)[0]

    @property
    def constants(self) -> set[str]:
        """The values of settings that are sent as they are."""
        settings = self.resolved
        return {settings.page_event_name, settings.screen_event_name, *settings.group_keys}


def samples() -> Iterator[Sample]:
    """All samples."""
    for name, message in (*recorded(), *written_by_hand()):
        for kind, target in DESTINATIONS.items():
            yield Sample(f"{name}-{kind}", message, target, SENT_AT)
    yield from cases()


def recorded() -> Iterator[tuple[str, dict[str, Any]]]:
    """The events that RudderStack's SDKs sent."""
    for file in sorted((ROOT / "events" / "deliver_events").glob("*.json")):
        bodies = [record["body"] for record in json.loads(file.read_text())["Records"]]
        parts = [part for body in bodies for part in read_parts(body, is_remainder=False)]
        for number, part in enumerate(parts):
            if isinstance(part.item, dict):
                yield f"{file.stem}-{number}", part.item


def written_by_hand() -> Iterator[tuple[str, dict[str, Any]]]:
    """Events as browsers and phones send them, with much that is unusual."""
    for line in (Path(__file__).parent / "events.jsonl").read_text().splitlines():
        message = json.loads(line)
        yield message.pop("sample"), message


def cases() -> Iterator[Sample]:
    """The cases of the mapping."""
    for file in sorted((ROOT / "tests" / "cases").rglob("*.json")):
        given = json.loads(file.read_text())["given"]
        target = Destination.from_config(given["config"])
        now = since_epoch(datetime.fromisoformat(given["now"]))
        yield Sample(f"{file.parent.name}-{file.stem}", given["message"], target, now)

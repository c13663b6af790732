"""How an event gets its operations."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rudder_mixpanel.delivery.plan import open_record, plan_event
from rudder_mixpanel.destination.destination import Destination, DynamicSettings
from rudder_mixpanel.destination.dynamic import Template, templates_in
from rudder_mixpanel.mapping import transform
from tests.build import SENT_AT, config, sqs_record, track

PAGE_NAME = "{{ event.context.page || Page }}"


class CountedTemplates(list[Template]):
    """The templates of dynamic settings, which count how often they are resolved."""

    resolved = 0

    def __iter__(self) -> Iterator[Template]:
        """Resolve them once more."""
        self.resolved += 1
        return super().__iter__()


def counted(**settings: Any) -> tuple[Destination, CountedTemplates]:
    """A destination with dynamic settings, and its counted templates."""
    raw = config(**settings)
    templates = CountedTemplates(templates_in(raw))
    dynamic = DynamicSettings(raw, templates)
    return replace(Destination.from_config(raw), dynamic=dynamic), templates


def test_dynamic_settings_are_resolved_once_for_an_event() -> None:
    """Planning an event resolves them, and mapping does not do it again."""
    destination, templates = counted(pageEventName=PAGE_NAME)
    (event,) = open_record(sqs_record(track()), "default")
    plan_event(event, destination)
    assert ([operation.lane for operation in event.operations], templates.resolved) == (
        ["import"],
        1,
    )


def test_transform_resolves_dynamic_settings_once() -> None:
    """It takes a destination whose settings are not resolved yet."""
    destination, templates = counted(pageEventName=PAGE_NAME)
    message = {"type": "page", "userId": "u"}
    (operation,) = transform(message, destination, now=datetime.fromtimestamp(SENT_AT / 1000, UTC))
    assert (operation.payload["event"], templates.resolved) == ("Page", 1)

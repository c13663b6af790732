"""One row of an export: the event as it is stored, with what Mixpanel adds and takes away."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from mixpanel_emulator.endpoints.event_checks import to_milliseconds
from mixpanel_emulator.state.identities import Identities
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Item

API_HOSTS: Final = {
    "us": "api.mixpanel.com",
    "eu": "api-eu.mixpanel.com",
    "in": "api-in.mixpanel.com",
}
# Where every event with an `ip` comes from.
LOCATION: Final = {"$city": "Ashburn", "$region": "Virginia", "mp_country_code": "US"}
NOT_EXPORTED: Final = frozenset({"token", "ip"})
PROCESSING_MILLISECONDS: Final = 250


def arrival_of(event: Item) -> int:
    """Return when an event arrived, in milliseconds since 1970."""
    return round(datetime.fromisoformat(event["at"]).timestamp() * 1000)


def time_of(event: Item) -> int:
    """Return the time of an event in milliseconds; one without a time has that of its arrival."""
    time = event["properties"].get("time")
    return arrival_of(event) if time is None else to_milliseconds(time)


@dataclass(frozen=True, slots=True)
class RowFormat:
    """What the rows of an export depend on besides the events."""

    project: Project
    identities: Identities
    in_milliseconds: bool

    def render(self, event: Item) -> bytes:
        """Make the line of an event."""
        sent = event["properties"]
        kept = {name: value for name, value in sent.items() if name not in NOT_EXPORTED}
        properties = {
            **(LOCATION if sent.get("ip") else {}),
            **kept,
            **self.identify(sent.get("distinct_id")),
            **additions(event, self.project),
            "time": self.exported_time(event),
        }
        row = {"event": event["event"], "properties": properties}
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)

    def identify(self, sent: Any) -> dict[str, str]:
        """Return the id that the user is shown under now, and the one that was sent."""
        if sent is None:
            return {}
        shown = self.identities.canonical(str(sent))
        if shown == str(sent):
            return {"distinct_id": shown}
        return {"distinct_id": shown, "$distinct_id_before_identity": str(sent)}

    def exported_time(self, event: Item) -> int:
        """Return the time of an event in the zone and unit of the export."""
        milliseconds = time_of(event)
        zone = self.project.export_zone
        if zone is not UTC:
            offset = datetime.fromtimestamp(milliseconds / 1000, zone).utcoffset()
            milliseconds += int(offset.total_seconds() * 1000) if offset else 0
        return milliseconds if self.in_milliseconds else milliseconds // 1000


def additions(event: Item, project: Project) -> dict[str, Any]:
    """Return the properties that Mixpanel adds when an event arrives."""
    arrival = arrival_of(event)
    ingested = {"event": event["event"], "properties": event["properties"]}
    imported = {"$import": True} if event["endpoint"] == "import" else {}
    return {
        **imported,
        "$mp_api_endpoint": API_HOSTS[project.region],
        "$mp_api_timestamp_ms": arrival,
        "mp_processing_time_ms": arrival + PROCESSING_MILLISECONDS,
        "$mp_event_size": len(orjson.dumps(ingested)),
    }

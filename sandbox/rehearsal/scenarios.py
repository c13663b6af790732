"""The scenarios of the rehearsal: what breaks, and what `where` and `doctor` must say of it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.rehearsal import faults
from sandbox.running import Sandbox

type Fault = Callable[[Sandbox], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault, the event that meets it, and what must be in the sentences about them.

    `where` is in the sentence of the event while the fault lasts, `afterwards` in that when it is
    over. `doctor` has the name of each line that the fault breaks, and words that must be in it. A
    fault that `lasts` stays until the end, as does what `doctor` says of it.
    """

    name: str
    fault: Fault
    event: dict[str, Any]
    where: str
    afterwards: str
    doctor: Mapping[str, str] = field(default_factory=dict)
    lasts: bool = False

    @property
    def message_id(self) -> str:
        """The messageId of its event."""
        return f"rehearsal-{self.name.replace(' ', '-')}"

    @property
    def message(self) -> dict[str, Any]:
        """The event as it is sent."""
        return (
            {"type": "track", "event": "Rehearsal", "userId": "u-1"}
            | self.event
            | {"messageId": self.message_id}
        )


SCENARIOS: Final = (
    Scenario("nothing is wrong", faults.nothing, {}, "delivered at", "delivered at"),
    Scenario(
        "wrong token",
        faults.wrong_token,
        {},
        "CREDENTIALS_REFUSED",
        "delivered at",
        {
            "project token": "Copy the token from Mixpanel's project settings",
            "kept events": "CREDENTIALS_REFUSED",
        },
    ),
    Scenario(
        "wrong region",
        faults.wrong_region,
        {},
        "CREDENTIALS_REFUSED",
        "delivered at",
        {
            "project token": "no project in region",
            "import": "not a member",
            "kept events": "CREDENTIALS_REFUSED",
        },
    ),
    Scenario(
        "outage",
        faults.outage,
        {},
        "MIXPANEL_UNAVAILABLE",
        "delivered at",
        {"project token": "In an outage", "kept events": "MIXPANEL_UNAVAILABLE"},
    ),
    Scenario(
        "poison",
        faults.nothing,
        {"event": ""},
        "MISSING_EVENT_NAME",
        "MISSING_EVENT_NAME",
        {"rejected events": "rudder-mixpanel rejected list"},
        lasts=True,
    ),
    Scenario(
        "300 properties",
        faults.nothing,
        {"properties": {f"p{number}": number for number in range(300)}},
        "TOO_MANY_PROPERTIES",
        "TOO_MANY_PROPERTIES",
        {"rejected events": "2 events"},
        lasts=True,
    ),
    Scenario(
        "suppressed user",
        faults.suppressed_user,
        {"userId": faults.SUPPRESSED_USER},
        "suppressed at",
        "suppressed at",
    ),
    Scenario(
        "throttled table",
        faults.throttled_table,
        {},
        "SUPPRESSION_UNAVAILABLE",
        "delivered at",
        {"kept events": "SUPPRESSION_UNAVAILABLE"},
    ),
    Scenario(
        "killed function",
        faults.killed_function,
        {},
        "being delivered",
        "delivered at",
        {"project token": "no usable answer"},
    ),
)

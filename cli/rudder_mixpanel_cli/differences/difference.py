"""A difference from RudderStack, a row of the table in docs/mapping.md."""

from dataclasses import dataclass

from rudder_mixpanel_cli.differences.conditions import Condition


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `key` names it for programs, `settings` the settings that change it.

    `when` says for which settings it counts; without it, it is about events, whatever the settings.
    """

    key: str
    topic: str
    rudderstack: str
    here: str
    why: str
    settings: tuple[str, ...] = ()
    when: Condition | None = None

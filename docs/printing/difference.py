"""A difference from RudderStack, a row of the table in docs/mapping.md."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `settings` names the settings that change it."""

    topic: str
    rudderstack: str
    here: str
    why: str
    settings: tuple[str, ...] = ()

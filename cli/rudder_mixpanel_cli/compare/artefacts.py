"""What Mixpanel itself changes of an event, so that its export does not show what was sent.

The last column of docs/losses.md has the sources.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Artefact:
    """A change that Mixpanel makes; `key` names it for programs, `topic` for people."""

    key: str
    topic: str


ARTEFACTS: Final = (
    Artefact("written-by-mixpanel", "Properties that Mixpanel writes, such as `$import`"),
    Artefact("address", "Mixpanel stores a location in place of the address in `ip`"),
    Artefact("cut-text", "Mixpanel cuts a text of more than 255 characters or bytes"),
    Artefact("cut-name", "Mixpanel cuts a name of more than 255 characters or bytes"),
    Artefact("future-time", "Mixpanel replaces a time in the future by that of the arrival"),
    Artefact("hot-shard", "Mixpanel renames the events of a user who has too many"),
)

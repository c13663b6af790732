"""A row of docs/losses.md: one way to lose data."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from docs.printing.markdown import code_list
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping.left_out import LeftOut

# Documented; seen in published exchanges; stated by a Mixpanel employee; inferred.
DOC, LIVE, EMP, INF = "DOC", "LIVE", "EMP", "INF"
# A page of Mixpanel's documentation that several rows name
IMPORT_PAGE: Final = "reference/import-events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One way to lose data, what Mixpanel does, and what the stack does about it.

    It is rejected or kept with a code, counted as left out with a reason, avoided, or unknown:
    then the text says why, and where to look.
    """

    what: str
    mixpanel: str
    rejected: tuple[Code, ...] = ()
    kept: tuple[Code, ...] = ()
    counted: tuple[LeftOut, ...] = ()
    avoided: str = ""
    unknown: str = ""
    source: str
    grade: str

    @property
    def here(self) -> str:
        """What the stack does, as text."""
        return "; ".join(filter(None, self.parts()))

    def parts(self) -> Iterator[str]:
        """Each thing that the stack does, empty where it does not."""
        for word, names in (
            ("rejected", self.rejected),
            ("kept", self.kept),
            ("counted", self.counted),
        ):
            yield f"{word}: {code_list(names)}" if names else ""
        yield f"avoided: {self.avoided}" if self.avoided else ""
        yield f"cannot be known: {self.unknown}" if self.unknown else ""

"""Whether a regulation is about a given user, which can be shown after their ids are deleted."""

from collections.abc import Callable, Mapping
from typing import Final

from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.requests import invalid_field, json_object, read_identifier
from rudder_mixpanel.regulations.views import RegulationView

MOST_GIVEN: Final = 20


def read_given_user(body: str | bytes | None) -> dict[str, str]:
    """Read the identifiers in a request for a report: of the field user, or of the body itself.

    Raises RequestError.
    """
    fields = json_object(body)
    user = fields.get("user", fields)
    if not isinstance(user, dict) or not 0 < len(user) <= MOST_GIVEN:
        raise invalid_field("user", f"expected an object of 1 to {MOST_GIVEN} identifiers")
    given = {name: read_identifier(name, value, "user") for name, value in user.items()}
    if any(usable_id(text) is None for text in given.values()):
        raise invalid_field("user", "expected ids that are not placeholders")
    return given


def report_about(
    chunk: Chunk,
    regulation: str,
    given: Mapping[str, str],
    pseudonym: Callable[[str], str],
    *,
    show_user: bool,
) -> RegulationView:
    """The fields of a report that say whether it is about a given user, by keyed hashes.

    The identifiers are repeated for callers that may see users: a page to file should say whom it
    is about. Others learn yes or no, since what they keep is to name nobody. `pseudonym` raises
    ConfigurationError.
    """
    pseudonyms = chunk.pseudonyms_of(regulation)
    about = all(pseudonym(identifier) in pseudonyms for identifier in given.values())
    return {"aboutThisUser": about, **({"givenUser": dict(given)} if show_user else {})}

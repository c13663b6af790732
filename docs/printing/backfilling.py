"""The tables of docs/backfilling.md."""

from typing import Any, Final

from docs.printing.errors import explanations
from docs.printing.markdown import code, table
from rudder_mixpanel.delivery.backfill import BackfillMode, BackfillProfiles, backfill_operations
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel_cli.backfill.causes import BackfillCause

TOKEN: Final = "token"  # noqa: S105 - made up
NOW: Final = 2 * 366 * 86_400_000
# What the mapping makes of events, and the payload of an example of each.
EXAMPLES: Final = (
    ("the event of a track, page or screen call", {"event": "A", "properties": {"time": NOW - 1}}),
    (
        "an identity event: `$merge`, `$create_alias`",
        {"event": "$merge", "properties": {"time": NOW - 1}},
    ),
    ("`$set`: traits, memberships of groups", {"$set": {"a": 1}, "$distinct_id": "u"}),
    ("`$set_once`, by `setOnceProperties`", {"$set_once": {"a": 1}, "$distinct_id": "u"}),
    ("`$union`, by `unionProperties`", {"$union": {"a": [1]}, "$distinct_id": "u"}),
    ("`$append`: charges, and by `appendProperties`", {"$append": {"a": 1}, "$distinct_id": "u"}),
    ("`$add`, by `propIncrements`", {"$add": {"a": 1}, "$distinct_id": "u"}),
)
VERBS: Final = ("$set", "$set_once", "$union", "$append", "$add")
MODES: Final = (
    ("alone", BackfillMode()),
    ("`--profiles once`", BackfillMode(BackfillProfiles.ONCE)),
    ("`--profiles newer`", BackfillMode(BackfillProfiles.NEWER)),
    ("`--counters`", BackfillMode(counters=True)),
)


def sent_in_modes() -> str:
    """What is sent of each kind of operation, by the options."""
    rows = ((what, *(sent_of(payload, mode) for _, mode in MODES)) for what, payload in EXAMPLES)
    return table(("of an event", *(name for name, _ in MODES)), rows)


def sent_of(payload: dict[str, Any], mode: BackfillMode) -> str:
    """What a mode sends of an operation, in a word."""
    operation = Operation("import" if "event" in payload else "engage", payload)
    sent = backfill_operations([operation], mode, now=NOW)
    if not sent:
        return "-"
    verb = next((name for name in sent[0].payload if name in VERBS), "")
    return "yes" if not verb or verb in payload else f"as {code(verb)}"


def causes() -> str:
    """Why the command itself refuses events."""
    return explanations("cause", "what it means", BackfillCause)

"""Why the command itself refuses an event, beside the reasons for which delivery rejects it."""

from rudder_mixpanel.documented import Documented


class BackfillCause(Documented):
    """One list for the account, the result and the docs."""

    NO_TIME = (
        "NO_TIME",
        "The event has no readable time; it would get that of the backfill. Expected a timestamp.",
    )
    PAST_RETENTION = (
        "PAST_RETENTION",
        "The event is older than the project keeps events (--retention-days). Mixpanel refuses it.",
    )
    TOO_LONG = (
        "TOO_LONG",
        "The event, or the value that it is in, is longer than a record of the queue can be.",
    )

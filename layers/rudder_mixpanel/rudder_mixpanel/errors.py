"""What can go wrong, told apart by whether trying again would help.

DeliveryError
├── RejectedEvent        the event can never be delivered; trying again will not help
├── ConfigurationError   the destination is at fault; the event is kept until somebody mends it
└── TableUnavailable     a table of regulations does not answer; trying again helps
"""

from pathlib import PurePath
from traceback import extract_tb

from rudder_mixpanel.documented import Documented


class Code(Documented):
    """The catalogue of reasons, one for the rejected queue, the metrics, the logs and the docs."""

    # Rejected: the event goes to the rejected queue.
    UNREADABLE = (
        "UNREADABLE",
        "The record is not JSON, or of no shape that can hold an event. Mend its producer.",
    )
    WRONG_DESTINATION = (
        "WRONG_DESTINATION",
        "Its envelope names another destination. Send it to its own stack, or mend DestinationId.",
    )
    MISSING_TYPE = (
        "MISSING_TYPE",
        "The event has no type. Expected one of identify, track, page, screen, group, alias.",
    )
    UNSUPPORTED_TYPE = (
        "UNSUPPORTED_TYPE",
        "Expected one of identify, track, page, screen, group, alias, in lower case.",
    )
    MISSING_EVENT_NAME = (
        "MISSING_EVENT_NAME",
        "The event has no name, and Mixpanel takes none without.",
    )
    MISSING_IDENTITY = (
        "MISSING_IDENTITY",
        "Neither userId nor anonymousId names anybody; placeholders such as 'null' do not count.",
    )
    TOO_OLD = ("TOO_OLD", "The event is older than maxEventAgeDays allows.")
    IN_FUTURE = (
        "IN_FUTURE",
        "The event's time is over an hour ahead of its arrival. Mend the sender's clock.",
    )
    ALIAS_NOT_SUPPORTED = (
        "ALIAS_NOT_SUPPORTED",
        "Simplified ID merge knows no alias. Send userId and anonymousId on events instead.",
    )
    ALIAS_WITHOUT_PREVIOUS = (
        "ALIAS_WITHOUT_PREVIOUS",
        "The alias call needs previousId or anonymousId beside userId.",
    )
    ALIAS_SAME_ID = ("ALIAS_SAME_ID", "The alias call names the same id twice.")
    GROUP_KEY_NOT_CONFIGURED = (
        "GROUP_KEY_NOT_CONFIGURED",
        "The setting groupKeySettings names no group key. Name at least one.",
    )
    GROUP_KEY_MISSING = (
        "GROUP_KEY_MISSING",
        "The group call carries none of the keys that groupKeySettings names.",
    )
    INVALID_GEO_SOURCE = (
        "INVALID_GEO_SOURCE",
        "context.location.geoSource may be absent or 'reverse_geocoding'.",
    )
    EMPTY_TEMPLATE = (
        "EMPTY_TEMPLATE",
        "A custom page or screen name is switched on, and its template is empty.",
    )
    INVALID_SETTING = (
        "INVALID_SETTING",
        "The event gives a dynamic setting a value that the setting does not allow.",
    )
    TOO_LARGE = ("TOO_LARGE", "The event's properties exceed 1 MiB, or Mixpanel's own limit.")
    TOO_MANY_PROPERTIES = (
        "TOO_MANY_PROPERTIES",
        "An object of the event has 255 properties or more.",
    )
    TOO_MANY_ELEMENTS = ("TOO_MANY_ELEMENTS", "A list of the event has over 255 elements.")
    TOO_DEEP = ("TOO_DEEP", "The event's properties are nested deeper than 10 levels.")
    REFUSED_BY_MIXPANEL = (
        "REFUSED_BY_MIXPANEL",
        "Mixpanel says why in the message; mend the event and replay it.",
    )
    OUTCOME_UNKNOWN = (
        "OUTCOME_UNKNOWN",
        "A counter may have counted. If the profile lacks it, replay it with --as-not-applied.",
    )
    EXPIRED = (
        "EXPIRED",
        "The event waited nine days in vain. Mend what the message names, and replay it.",
    )
    INTERNAL_ERROR = (
        "INTERNAL_ERROR",
        "Our own code failed on this event. The log says where; please report it.",
    )

    # Kept: the record stays on the queue and is tried again.
    WRONG_SETTINGS = (
        "WRONG_SETTINGS",
        "The destination's settings or credentials are missing or wrong. The log names which.",
    )
    CREDENTIALS_REFUSED = (
        "CREDENTIALS_REFUSED",
        "Mixpanel refuses the credentials. Check the secret, the project and dataResidency.",
    )
    THROTTLED = ("THROTTLED", "Mixpanel asks for patience. It passes by itself.")
    MIXPANEL_UNAVAILABLE = (
        "MIXPANEL_UNAVAILABLE",
        "Mixpanel did not answer, or answered that it cannot. It passes by itself.",
    )
    UNEXPECTED_ANSWER = (
        "UNEXPECTED_ANSWER",
        "Mixpanel's answer does not account for the event, so it does not count as delivered.",
    )
    LEDGER_UNAVAILABLE = (
        "LEDGER_UNAVAILABLE",
        "The table that keeps counters from counting twice did not answer. It passes by itself.",
    )
    CLAIMED = (
        "CLAIMED",
        "Another invocation is sending the same counter. Its outcome is known in a minute or two.",
    )
    SUPPRESSION_UNAVAILABLE = (
        "SUPPRESSION_UNAVAILABLE",
        "The table of suppressed users did not answer, and nothing unknown is sent. It passes.",
    )
    UNSETTLED = (
        "UNSETTLED",
        "Our own code has lost sight of the event, which is a bug. It is kept; please report it.",
    )
    NO_TIME_LEFT = ("NO_TIME_LEFT", "The invocation's time ran out before the event's turn.")
    NO_ROOM_LEFT = (
        "NO_ROOM_LEFT",
        "What became of the batch filled the memory before the event's turn. It passes by itself.",
    )
    RECORD_KEPT = (
        "RECORD_KEPT",
        "Another event of its record is kept where it is, so the record comes again as a whole.",
    )
    REJECTION_NOT_STORED = (
        "REJECTION_NOT_STORED",
        "The event is to be rejected, and the rejected queue did not take it.",
    )


class DeliveryError(Exception):
    """Base of every error that this package raises on purpose."""


class RejectedEvent(DeliveryError):
    """The event can never be delivered; `code` says why, `field` where."""

    def __init__(self, code: Code, message: str, field: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.field = field


class ConfigurationError(DeliveryError):
    """The destination is at fault, not the event; `setting` names what to mend."""

    code = Code.WRONG_SETTINGS

    def __init__(self, setting: str, expected: str) -> None:
        super().__init__(f"{setting}: {expected}")
        self.setting = setting
        self.expected = expected


class TableUnavailable(DeliveryError):
    """A table did not do what it was asked, and says why in AWS's word for it."""


def exception_location(error: Exception) -> str:
    """An exception's type and place; its text may repeat a person's data."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {PurePath(last.filename).name}:{last.lineno}"

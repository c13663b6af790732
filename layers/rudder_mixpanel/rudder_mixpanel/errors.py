"""Every error that this package raises on purpose, and the codes that explain an outcome.

                             Does trying again help?            Who acts?
DeliveryError
├── RejectedEvent            no, the event can never succeed    the sender of the event; then replay
├── ConfigurationError       once the settings are fixed        the operator of the stack
│   └── WrongSuppressionKey  once key and table fit             the operator of the stack
├── TableUnavailable         yes                                none, unless it lasts
│   └── TableTooSlow         yes, from where it stopped         none, unless it lasts
├── TextUnavailable          if the store is throttled          the operator, for a role or a name
├── UnexpectedValue          once the setting is fixed          the operator of the stack
├── InvalidGzip              no                                 the sender of the record
├── GzipLimitExceeded        no, unless it is split             the sender of the record
├── GatewayError             no, but for 429 and 5xx            the SDK, or its developer
├── RequestError             no, but for 5xx                    the caller of the regulations API
└── ConditionFailed          no, another writer was first       none: the repository handles it

The last seven and WrongSuppressionKey are defined where they are raised:
aws.text_store.TextUnavailable and destination.types.UnexpectedValue, which become a
ConfigurationError, envelopes.compression.InvalidGzip and envelopes.compression.GzipLimitExceeded,
which become a RejectedEvent or a GatewayError, receiving.responses.GatewayError,
regulations.requests.RequestError, aws.dynamodb.ConditionFailed and
suppression.pseudonyms.WrongSuppressionKey.

Functions that parse a text raise ValueError, which their callers turn into one of these.
"""

from pathlib import PurePath
from traceback import extract_tb

from rudder_mixpanel.documented import Documented


class Code(Documented):
    """Why an event is rejected or kept: one list for the queue, metrics, logs and docs."""

    # Rejected: the event goes to the rejected queue.
    UNREADABLE = (
        "UNREADABLE",
        "The record is not JSON, or has no shape that can hold an event. Fix its producer.",
    )
    WRONG_DESTINATION = (
        "WRONG_DESTINATION",
        "The envelope names another destination. Send it to that stack, or fix DestinationId.",
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
        "The event has no name, and Mixpanel requires one.",
    )
    RESERVED_EVENT_NAME = (
        "RESERVED_EVENT_NAME",
        "Events named $identify, $create_alias or $merge merge users. Choose another name.",
    )
    IGNORED = (
        "IGNORED",
        "The event's property $ignore makes Mixpanel drop it. Remove it, or do not send the event.",
    )
    MISSING_IDENTITY = (
        "MISSING_IDENTITY",
        "The event has neither userId nor anonymousId; placeholders such as 'null' do not count.",
    )
    ID_TOO_LONG = (
        "ID_TOO_LONG",
        "An id has over 255 bytes. Mixpanel may cut it, and merge users whose ids begin alike.",
    )
    TOO_OLD = ("TOO_OLD", "The event is older than maxEventAgeDays allows.")
    IN_FUTURE = (
        "IN_FUTURE",
        "The event's time is over an hour after its arrival. Fix the sender's clock.",
    )
    ALIAS_NOT_SUPPORTED = (
        "ALIAS_NOT_SUPPORTED",
        "Simplified ID merge has no alias. Send userId and anonymousId on events instead.",
    )
    ALIAS_WITHOUT_PREVIOUS = (
        "ALIAS_WITHOUT_PREVIOUS",
        "The alias call needs previousId or anonymousId in addition to userId.",
    )
    ALIAS_SAME_ID = ("ALIAS_SAME_ID", "Both ids of the alias call are the same.")
    GROUP_KEY_NOT_CONFIGURED = (
        "GROUP_KEY_NOT_CONFIGURED",
        "The setting groupKeySettings is empty. Add at least one group key.",
    )
    GROUP_KEY_MISSING = (
        "GROUP_KEY_MISSING",
        "The group call has none of the group keys in groupKeySettings.",
    )
    INVALID_GEO_SOURCE = (
        "INVALID_GEO_SOURCE",
        "context.location.geoSource must be absent or 'reverse_geocoding'.",
    )
    EMPTY_TEMPLATE = (
        "EMPTY_TEMPLATE",
        "A custom page or screen event name is enabled, but its template is empty.",
    )
    INVALID_SETTING = (
        "INVALID_SETTING",
        "The event provides a value that its dynamic setting does not allow.",
    )
    TOO_LARGE = ("TOO_LARGE", "The event's properties exceed 1 MiB or Mixpanel's own limit.")
    TOO_MANY_PROPERTIES = (
        "TOO_MANY_PROPERTIES",
        "An object in the event has 255 properties or more.",
    )
    TOO_MANY_ELEMENTS = ("TOO_MANY_ELEMENTS", "A list in the event has more than 255 elements.")
    TOO_DEEP = ("TOO_DEEP", "The event's properties are nested deeper than 10 levels.")
    REFUSED_BY_MIXPANEL = (
        "REFUSED_BY_MIXPANEL",
        "Mixpanel rejected the event; the message says why. Fix the event and replay it.",
    )
    OUTCOME_UNKNOWN = (
        "OUTCOME_UNKNOWN",
        "A counter may have been applied. If the profile lacks it, replay with --as-not-applied.",
    )
    EXPIRED = (
        "EXPIRED",
        "The event was kept for nine days. Fix what the message names, and replay it.",
    )
    INTERNAL_ERROR = (
        "INTERNAL_ERROR",
        "A bug in rudder-mixpanel: the log says where it failed. Please report it.",
    )

    # Kept: the record stays on the queue and is retried.
    WRONG_SETTINGS = (
        "WRONG_SETTINGS",
        "A setting or credential of the destination is missing or wrong. The log names it.",
    )
    CREDENTIALS_REFUSED = (
        "CREDENTIALS_REFUSED",
        "Mixpanel does not accept the credentials. Check the secret, project and dataResidency.",
    )
    TOKEN_UNPROVEN = (
        "TOKEN_UNPROVEN",
        "Mixpanel did not say whether it accepts the project's token. No action, unless it lasts.",
    )
    THROTTLED = ("THROTTLED", "Mixpanel limits the request rate. No action needed.")
    MIXPANEL_UNAVAILABLE = (
        "MIXPANEL_UNAVAILABLE",
        "Mixpanel did not respond, or responded with an error. No action needed.",
    )
    UNEXPECTED_ANSWER = (
        "UNEXPECTED_ANSWER",
        "Mixpanel's response does not account for the event, so it is not counted as delivered.",
    )
    REFUSED_FOR_NOW = (
        "REFUSED_FOR_NOW",
        "Mixpanel refuses it without naming a record. It is retried for 24 hours, then rejected.",
    )
    URL_OR_HEADERS_TOO_LONG = (
        "URL_OR_HEADERS_TOO_LONG",
        "The URL or a header is too long. Shorten projectId, token or serviceAccountUserName.",
    )
    WRONG_SERVER = (
        "WRONG_SERVER",
        "Not Mixpanel's API, but another server answers. Check proxies, firewalls, dataResidency.",
    )
    LEDGER_UNAVAILABLE = (
        "LEDGER_UNAVAILABLE",
        "The table that prevents double counting fails or throttles. Check it if this lasts.",
    )
    CLAIMED = (
        "CLAIMED",
        "Another invocation is sending the same counter. It is resolved within two minutes.",
    )
    PROFILE_BUSY = (
        "PROFILE_BUSY",
        "Another invocation updates the profile, or got no answer. Retried within 30 seconds.",
    )
    PROFILE_ORDER_UNAVAILABLE = (
        "PROFILE_ORDER_UNAVAILABLE",
        "The table of when profiles were updated fails or throttles. Check it if this lasts.",
    )
    SUPPRESSION_UNAVAILABLE = (
        "SUPPRESSION_UNAVAILABLE",
        "The table of suppressed users did not respond, so nothing is sent until it does.",
    )
    WRONG_SUPPRESSION_KEY = (
        "WRONG_SUPPRESSION_KEY",
        "The table of suppressed users is of another key. Nothing is sent until that is fixed.",
    )
    UNSETTLED = (
        "UNSETTLED",
        "A bug in rudder-mixpanel: the event has no outcome, so it is kept. Please report it.",
    )
    NO_TIME_LEFT = (
        "NO_TIME_LEFT",
        "The invocation ran out of time before the event. No action needed.",
    )
    NO_ROOM_LEFT = (
        "NO_ROOM_LEFT",
        "The batch exceeded the memory limit before the event. No action needed.",
    )
    RECORD_KEPT = (
        "RECORD_KEPT",
        "The event is rejected, and is stored as such when no event of its record is kept.",
    )
    REJECTION_NOT_STORED = (
        "REJECTION_NOT_STORED",
        "The event is rejected, but could not be stored in the rejected queue. It is retried.",
    )


class DeliveryError(Exception):
    """Base of every error that this package raises on purpose."""


class RejectedEvent(DeliveryError):
    """The event can never be delivered; `code` says why, `field` names the part at fault."""

    def __init__(self, code: Code, message: str, field: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.field = field


class ConfigurationError(DeliveryError):
    """The destination is at fault, not the event; `setting` names what to fix."""

    code = Code.WRONG_SETTINGS

    def __init__(self, setting: str, expected: str) -> None:
        super().__init__(f"{setting}: {expected}")
        self.setting = setting
        self.expected = expected


class TableUnavailable(DeliveryError):
    """A DynamoDB table did not do what it was asked; the text is AWS's code for the reason."""


class TableTooSlow(TableUnavailable):
    """A DynamoDB table throttles or is slow, and did only a part in the time left.

    What was done stays done, so that a repetition goes on from there.
    """


def exception_location(error: Exception) -> str:
    """An exception's type and location, without its text, which may contain personal data."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {PurePath(last.filename).name}:{last.lineno}"

"""What a deletion leaves: in Mixpanel, and in places that it does not reach."""

from typing import Final

EVENTS_STAY: Final = (
    "The events of this person in Mixpanel: the way of deletion that the operator has chosen "
    "(engage) deletes profiles only, and is not an erasure."
)
NOT_COVERED: Final = (
    (
        "Other ids of this person that the request does not name, such as anonymous ids of other "
        "devices: nothing shows that they belong to this person."
    ),
    (
        "Data that reaches Mixpanel without rudder-mixpanel: by Mixpanel's own SDKs and server "
        "libraries, by RudderStack's device mode, by imports. Apps and sites keep sending it until "
        "the person is opted out in them."
    ),
    (
        "Profiles of groups, what rudder-mixpanel stores of when they were updated, lookup tables, "
        "and properties of other users that mention this person."
    ),
    "Session replays in Mixpanel: it keeps them for 30 days, or for as long as the contract says.",
    (
        "Copies of Mixpanel's data: its pipelines to a warehouse, reports by email, raw exports. "
        "Raw exports contain the events until Mixpanel has deleted them, which may take 30 days."
    ),
    "Other copies: RudderStack's warehouses and other destinations, and backups of them.",
    (
        "Messages that cannot be read: it is unknown whom they are about. They are deleted after "
        "14 days."
    ),
)


def not_covered(deletes: str) -> list[str]:
    """What is not deleted, in sentences, by what the deletion deletes."""
    return [*([EVENTS_STAY] if deletes == "profile" else []), *NOT_COVERED]


def leaves_in_mixpanel(deletes: str) -> str:
    """What a deletion leaves in Mixpanel under the ids that it names; empty for nothing."""
    return "all events" if deletes == "profile" else ""

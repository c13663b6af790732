"""Where this project differs from RudderStack's own Mixpanel destination on purpose, and why."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that RudderStack does in another way; `settings` are those that bear on it."""

    topic: str
    rudderstack: str
    ours: str
    why: str
    settings: tuple[str, ...] = ()


DIFFERENCES: Final = (
    # Names and charges: what charts show
    Difference(
        "Name of page and screen events",
        "`Loaded a Page`, `Loaded a Screen`",
        "`Page`, `Screen`",
        "RudderStack's documentation says so; its code does otherwise.",
        ("pageEventName", "screenEventName", "compatibility"),
    ),
    Difference(
        "Charges",
        "any `revenue` becomes a transaction on the profile, as it is spelled",
        "only with Mixpanel People, and as a number; what is no number is left out and counted",
        "RudderStack's documentation says so, and Mixpanel cannot add up text.",
        ("people", "compatibility"),
    ),
    Difference(
        "Increments",
        "any value that is not empty is sent",
        "numbers, and text that spells one; what is no number is left out and counted",
        "Mixpanel refuses to add what is no number.",
        ("propIncrements",),
    ),
    Difference(
        "Track without a name",
        "sent without one",
        "rejected: `MISSING_EVENT_NAME`; so is a blank name",
        "Mixpanel refuses it, and the reason should be seen.",
    ),
    Difference(
        "Track with a number for a name",
        "sent as a number",
        "sent as its text",
        "Mixpanel takes only text for a name.",
    ),
    Difference(
        "Templates of page and screen names",
        "`$&` and the like in a name or category are replaced as JavaScript does",
        "names and categories are filled in as they are",
        "An event must not be called by an accident of JavaScript.",
        ("userDefinedPageEventTemplate", "userDefinedScreenEventTemplate"),
    ),
    # Who
    Difference(
        "Neither userId nor anonymousId",
        "one stranger called `$device:undefined`, or no id at all",
        "rejected: `MISSING_IDENTITY`",
        "Everybody would become one user.",
    ),
    Difference(
        "Placeholders as ids: `null`, `undefined`, `0`, the zero UUID and so on",
        "sent",
        "as if absent, and counted; rejected when no other id is left",
        "Mixpanel refuses them on events, and strangers would merge.",
    ),
    Difference(
        "Ids that are numbers",
        "text, but numbers in alias calls and group ids",
        "text everywhere",
        '1 and "1" are one user and one group.',
    ),
    Difference(
        "Alias without userId",
        "sent without its new id",
        "rejected: `MISSING_IDENTITY`",
        "Mixpanel cannot use it.",
    ),
    Difference(
        "Group ids that are objects, lists, null or empty",
        "sent as the group's id",
        "no group profile for these; the user's list keeps them",
        "Mixpanel refuses a group without a name.",
        ("groupKeySettings",),
    ),
    # When, and only once
    Difference(
        "Time missing, unreadable or zero",
        "null, which Mixpanel refuses; zero is too old",
        "the first readable of timestamp, originalTimestamp, sentAt and receivedAt, else when the "
        "queue took the event",
        "The event is kept, and a repetition says the same time.",
    ),
    Difference(
        "Old events",
        "only `timestamp` is looked at",
        "the time that is sent is looked at",
        "An old event could pass by another field.",
        ("maxEventAgeDays",),
    ),
    Difference(
        "Events from the future",
        "sent",
        "rejected when over an hour ahead: `IN_FUTURE`",
        "Mixpanel refuses them.",
    ),
    Difference(
        "`$insert_id`",
        "the last 36 characters of messageId on track, all of it on page and screen; a messageId "
        "that is no text stops a track call",
        "the last 36 characters where they are legal, else a hash; without messageId the event's "
        "own `$insert_id`, else a hash of the message",
        "Mixpanel drops a copy only by a legal id, and SQS may deliver twice.",
    ),
    Difference(
        "`$merge` and `$create_alias`",
        "sent without time and id",
        "with the event's time and `$insert_id`",
        "A repetition can be told from its copy.",
    ),
    Difference(
        "Charges and increments that may or may not have counted",
        "sent again, and perhaps counted twice",
        "never sent again by itself, and told to the rejected queue; or sent again, when asked for",
        "Mixpanel has no key by which it could drop a copy of them.",
        ("counterDelivery",),
    ),
    # Where
    Difference(
        "Where a user is",
        "`$ip` on what identify and group set; other updates locate the user at RudderStack's "
        "data centre",
        "`$ip` on every update of a user's profile, and `ip=0` on every request",
        "The most frequent complaint about RudderStack's destination.",
    ),
    Difference(
        "`context.active: false`",
        'leaves "last seen" alone on what identify sets',
        "leaves it alone on every update of the profile",
        "What a server did is no visit.",
    ),
    # What
    Difference(
        "Browsers",
        "whatever its parser of user agents knows",
        "the same names and versions, from a table; a few robots and very old browsers have none",
        "The parser is JavaScript's, and those for Python call too much by other names.",
    ),
    Difference(
        "Keys without a value, such as the id that nobody has, in the limit of 254 properties",
        "count",
        "do not count, since they are not sent",
        "An event that Mixpanel takes is not to be lost.",
    ),
    Difference(
        "Numbers in dotted names of traits",
        "make a list with null for every place before, `v.5` one of six",
        "make a list when they count up from 0, else an object",
        "`v.2026` is no list of 2,027.",
    ),
    Difference(
        "Numbers as ids and names that JavaScript spells in another way: below 0.0001, or of more "
        "than 15 digits",
        "`0.00001`, and rounded",
        "`1e-5`, and exact",
        "Nobody is called so, and two people are not to become one.",
    ),
    Difference(
        "A year alone as a time",
        "its first moment",
        "as if missing",
        "What writes so has cut a time, and not said one.",
    ),
    Difference(
        "Traits called `__proto__`, `constructor` or `prototype`",
        "left out of profiles",
        "copied like any other",
        "They do harm in JavaScript only.",
    ),
    # How it is sent
    Difference(
        "Strict mode",
        "off unless the setting is on",
        "on unless the setting is off",
        "Without it Mixpanel drops bad events and says nothing.",
        ("strictMode",),
    ),
    Difference(
        "Credentials of /import",
        "the project token",
        "a service account where there is one, else the project token",
        "Mixpanel recommends service accounts. It retires the API secret on 3 March 2027.",
        ("serviceAccountUserName", "serviceAccountSecret", "projectId", "importAuth", "apiSecret"),
    ),
    Difference(
        "API for events",
        "/import",
        "/import, or /track when asked for",
        "RudderStack's documentation names /track; /import says which event was refused.",
        ("ingestionApi",),
    ),
    Difference(
        "Nesting deeper than 10 levels",
        "sent",
        "rejected: `TOO_DEEP`",
        "Mixpanel does not store it.",
    ),
    Difference(
        "Group calls without a configured key",
        "the destination is reported as broken",
        "the event is rejected: `GROUP_KEY_NOT_CONFIGURED`",
        "All other events can be delivered.",
        ("groupKeySettings",),
    ),
    Difference(
        "Settings that cannot be right",
        "read as the default: an unknown region is the US, an unknown identity merge is original",
        "nothing is sent, events are kept, and the log names the setting",
        "Data in the wrong region is lost.",
        ("dataResidency", "identityMergeApi"),
    ),
    Difference(
        "An event that gives a dynamic setting a value that is not allowed",
        "as with settings that cannot be right",
        "rejected: `INVALID_SETTING`",
        "All other events can be delivered.",
    ),
    Difference(
        "A service account of which a part is missing",
        "never used while there is a token",
        "an error that names the missing part; with the preset never used, as there",
        "Who puts a secret there means it to be used.",
        ("serviceAccountUserName", "serviceAccountSecret", "projectId", "compatibility"),
    ),
    Difference(
        "Denied consents beside something that is no text",
        "the list is read up to there",
        "every denial that can be read counts",
        "A denial is to be heeded.",
        ("consentManagement",),
    ),
    Difference(
        "Allow and deny lists of events",
        "apply in device mode only",
        "apply when switched on",
        "An exported destination may carry lists that were made for device mode.",
        ("filterEvents",),
    ),
    # What RudderStack does not do at all
    Difference(
        "Group keys on events",
        "on profiles only",
        "on events as well, when switched on",
        "Mixpanel counts an event for a group only when the event itself names it.",
        ("groupKeysOnEvents",),
    ),
    Difference(
        "Products of an order",
        "a list in the order",
        "also an event `Product Purchased` for each, when switched on",
        "Reports by product, as users of Segment's destination know them.",
        ("productEvents",),
    ),
)

"""Differences from RudderStack in what is sent of an event."""

from typing import Final

from rudder_mixpanel_cli.differences import conditions
from rudder_mixpanel_cli.differences.difference import Difference

OF_EVENTS: Final = (
    # Names, charges and increments
    Difference(
        "Name of page events",
        "`Loaded a Page`",
        "`Page`",
        "RudderStack's documentation says so; its code differs from it.",
        ("pageEventName", "compatibility"),
        when=conditions.has_own_event_name("Page"),
    ),
    Difference(
        "Name of screen events",
        "`Loaded a Screen`",
        "`Screen`",
        "RudderStack's documentation says so; its code differs from it.",
        ("screenEventName", "compatibility"),
        when=conditions.has_own_event_name("Screen"),
    ),
    Difference(
        "Charges",
        "any `revenue` becomes a transaction on the profile, unchanged",
        "only with Mixpanel People, and as a number; a value that is not a number is left out and "
        "counted",
        "RudderStack's documentation says so, and Mixpanel cannot add up text.",
        ("people", "compatibility"),
        when=conditions.lacks("people"),
    ),
    Difference(
        "Increments",
        "any value that is not empty is sent",
        "numbers, and text that is a number; other values are left out and counted",
        "Mixpanel rejects increments that are not numbers.",
        ("propIncrements",),
        when=conditions.uses("propIncrements"),
    ),
    Difference(
        "Calls of the types `record`, `merge` and `audiencelist`",
        "filtered by its server: status 298",
        "filtered, and the log says so",
        "They are not for Mixpanel; nothing is lost.",
    ),
    Difference(
        "Calls of an unknown type",
        "filtered by its server; one that reaches the destination is an error",
        "rejected: `UNSUPPORTED_TYPE`",
        "Such a type is a mistake of the sender, and the event can be replayed.",
    ),
    Difference(
        "Track without a name",
        "sent without a name",
        "rejected: `MISSING_EVENT_NAME`; so is a blank name",
        "Mixpanel rejects it, and the reason should be visible.",
    ),
    Difference(
        "Track with a number as its name",
        "sent as a number",
        "sent as text",
        "Mixpanel accepts only text as a name.",
    ),
    Difference(
        "Templates of page and screen names",
        "`$&` and similar patterns in a name or category are replaced, as JavaScript does",
        "names and categories are inserted unchanged",
        "Replacement patterns of JavaScript must not change an event's name.",
        ("userDefinedPageEventTemplate", "userDefinedScreenEventTemplate"),
        when=conditions.uses("useUserDefinedPageEventName", "useUserDefinedScreenEventName"),
    ),
    Difference(
        "The name in a template",
        "the name at the root of the message, which mobile SDKs do not write",
        "that name, else the one in its properties, else, for a screen, `event`; with the preset "
        "as RudderStack",
        "All screens of a mobile app would have one name.",
        (
            "userDefinedPageEventTemplate",
            "userDefinedScreenEventTemplate",
            "compatibility",
        ),
        when=conditions.all_of(
            conditions.chooses("compatibility", "none"),
            conditions.uses("useUserDefinedPageEventName", "useUserDefinedScreenEventName"),
        ),
    ),
    # Identity
    Difference(
        "Events named `$identify`, `$create_alias` or `$merge`",
        "sent",
        "rejected: `RESERVED_EVENT_NAME`",
        "A track call or a template must not merge users.",
    ),
    Difference(
        "Ids of over 255 bytes",
        "sent",
        "rejected: `ID_TOO_LONG`",
        "Mixpanel may cut them, and users whose ids begin alike would become one.",
    ),
    Difference(
        "`$device:` in an anonymousId, with simplified ID merge",
        "sent with the prefix twice",
        "sent with the prefix once, however often it is there",
        "Mixpanel's own libraries add it, and both ids name the same device.",
        when=conditions.chooses("identityMergeApi", "simplified"),
    ),
    Difference(
        "Neither userId nor anonymousId",
        "sent as the user `$device:undefined`, or without an id",
        "rejected: `MISSING_IDENTITY`",
        "All such users would become one user.",
    ),
    Difference(
        "Placeholders as ids: `null`, `undefined`, `0`, the zero UUID and similar",
        "sent",
        "ignored and counted; rejected when no other id is left",
        "Mixpanel rejects them on events, and unrelated users would merge.",
    ),
    Difference(
        "Ids that are numbers, and ids of groups that are true or false",
        "sent as text, but unchanged in alias calls and as ids of groups",
        "sent as text everywhere: ids of users, devices and aliases; ids of groups in group calls, "
        "and in properties and traits with a group key's name",
        '1 and "1" are the same user or group.',
        ("groupKeySettings",),
        when=conditions.uses("groupKeySettings"),
    ),
    Difference(
        "Whole numbers beyond 2^53",
        "rounded",
        "sent exactly, as text with all digits if they have more than 64 bits",
        "They are ids, and rounding makes one user of two.",
    ),
    Difference(
        "Alias without userId",
        "sent without the new id",
        "rejected: `MISSING_IDENTITY`",
        "Mixpanel cannot use it.",
    ),
    Difference(
        "Group ids that are objects, lists, null or empty",
        "sent as the group's id",
        "sent in the user's list of groups, without a group profile",
        "Mixpanel rejects a group without a name.",
        ("groupKeySettings",),
        when=conditions.uses("groupKeySettings"),
    ),
    # Time and deduplication
    Difference(
        "Time missing, unreadable or zero",
        "sent as null, which Mixpanel rejects; zero is too old",
        "the first valid time of timestamp, originalTimestamp, sentAt and receivedAt, else the "
        "time at which the queue received the event",
        "The event is delivered, and a retry has the same time.",
    ),
    Difference(
        "Time as a number of seconds; seconds or milliseconds as text",
        "a number is read as milliseconds, which makes it a time in January 1970 that is rejected; "
        "text is sent as null",
        "read as seconds or milliseconds, whichever is near the time at which the queue received "
        "the event",
        "The time is known, and the event is delivered with it.",
    ),
    Difference(
        "Age limit",
        "checks only `timestamp`",
        "checks the time that is sent",
        "An old event could pass with its time in another field.",
        ("maxEventAgeDays",),
    ),
    Difference(
        "Events from the future",
        "sent",
        "rejected when more than one hour ahead: `IN_FUTURE`",
        "Mixpanel rejects them.",
    ),
    Difference(
        "`$insert_id`",
        "the last 36 characters of messageId on track, the whole messageId on page and screen; a "
        "messageId that is not text fails a track call",
        "the last 36 characters if they are allowed, else a hash; without messageId the event's "
        "own `$insert_id`, else a hash of the message",
        "Mixpanel drops a duplicate only with a valid id, and SQS can deliver a message twice.",
    ),
    Difference(
        "`$merge` and `$create_alias`",
        "sent without time and id",
        "sent with the event's time and `$insert_id`",
        "Mixpanel can recognize a retry as a duplicate.",
        when=conditions.chooses("identityMergeApi", "original"),
    ),
    Difference(
        "Charges and increments with an unknown outcome",
        "sent again, and possibly counted twice",
        "not sent again but reported in the rejected queue; or sent again, if the setting says so",
        "Mixpanel has no key to drop their duplicates by.",
        ("counterDelivery",),
        when=conditions.all_of(
            conditions.chooses("counterDelivery", "at-most-once"),
            conditions.uses("people", "propIncrements"),
        ),
    ),
    # Location and last seen
    Difference(
        "Location of a user",
        "`$ip` only on what identify and group set; other updates set the location of "
        "RudderStack's data center",
        "`$ip` on every update of a user's profile, and `ip=0` on every request",
        "The most frequent complaint about RudderStack's destination.",
    ),
    Difference(
        "`request_ip`, when there is no address in `context.ip`",
        "sent as the user's address",
        "sent only if the user's own device made the request: `channel` is `web` or `mobile`, or "
        "is missing and the user agent is a browser's",
        "Otherwise it is the address of a server or of a webhook's sender, in a data center.",
    ),
    Difference(
        "IP addresses in a list of proxies, with a port, or in brackets",
        "sent as they are",
        "the first address is sent, alone; text without an address is left out, and counted "
        "unless `request_ip` is sent instead",
        "Mixpanel locates only a plain address.",
    ),
    Difference(
        "`context.active: false`",
        'leaves "last seen" unchanged on what identify sets',
        'leaves "last seen" unchanged on every update of the profile',
        "A server's event is not a visit of the user.",
    ),
    # Values
    Difference(
        "Browsers",
        "every browser that ua-parser-js 1.0.40 knows",
        "the same names and versions, from a table; what other versions of it know is missing",
        "The parser is written in JavaScript, and those for Python use other names.",
    ),
    Difference(
        "Keys without a value, such as a missing id, and the limit of 254 properties",
        "count",
        "do not count, because they are not sent",
        "An event that Mixpanel accepts must not be rejected.",
    ),
    Difference(
        "Numbers in dotted names of traits",
        "make a list with null for each missing position: `v.5` makes a list of six",
        "make a list if they count up from 0, else an object",
        "`v.2026` is not a list of 2,027 elements.",
    ),
    Difference(
        "Numbers as ids and names that JavaScript writes differently: below 0.0001, or with more "
        "than 15 digits",
        "`0.00001`, and rounded",
        "`1e-5`, and exact",
        "Rounding could merge two users; small numbers do not occur as ids.",
    ),
    Difference(
        "A year alone as a time",
        "the start of the year",
        "ignored, as if missing",
        "Such a value is a truncated time.",
    ),
    Difference(
        "Traits named `__proto__`, `constructor` or `prototype`",
        "left out of profiles",
        "copied like any other trait",
        "They are dangerous only in JavaScript.",
    ),
)

"""Differences from RudderStack in the times, addresses and other values that are sent."""

from typing import Final

from rudder_mixpanel_cli.differences import conditions
from rudder_mixpanel_cli.differences.difference import Difference

OF_VALUES: Final = (
    # Time and deduplication
    Difference(
        "missing-time",
        "Time missing, unreadable or zero",
        "sent as null, which Mixpanel rejects; zero is too old",
        "the first valid time of timestamp, originalTimestamp, sentAt and receivedAt, else the "
        "time at which the queue received the event",
        "The event is delivered, and a retry has the same time.",
    ),
    Difference(
        "time-as-number",
        "Time as a number of seconds; seconds or milliseconds as text",
        "a number is read as milliseconds, which makes it a time in January 1970 that is rejected; "
        "text is sent as null",
        "read as seconds or milliseconds, whichever is near the time at which the queue received "
        "the event",
        "The time is known, and the event is delivered with it.",
    ),
    Difference(
        "age-limit",
        "Age limit",
        "checks only `timestamp`",
        "checks the time that is sent",
        "An old event could pass with its time in another field.",
        ("maxEventAgeDays",),
    ),
    Difference(
        "future",
        "Events from the future",
        "sent",
        "rejected when more than one hour ahead: `IN_FUTURE`",
        "Mixpanel rejects them.",
    ),
    Difference(
        "insert-id",
        "`$insert_id`",
        "the last 36 characters of messageId on track, the whole messageId on page and screen; a "
        "messageId that is not text fails a track call",
        "the last 36 characters if they are allowed, else a hash; without messageId the event's "
        "own `$insert_id`, else a hash of the message",
        "Mixpanel drops a duplicate only with a valid id, and SQS can deliver a message twice.",
    ),
    Difference(
        "identity-events",
        "`$merge` and `$create_alias`",
        "sent without time and id",
        "sent with the event's time and `$insert_id`",
        "Mixpanel can recognize a retry as a duplicate.",
        when=conditions.chooses("identityMergeApi", "original"),
    ),
    Difference(
        "counters-with-unknown-outcome",
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
        "location",
        "Location of a user",
        "`$ip` only on what identify and group set; other updates set the location of "
        "RudderStack's data center",
        "`$ip` on every update of a user's profile, and `ip=0` on every request",
        "The most frequent complaint about RudderStack's destination.",
    ),
    Difference(
        "request-ip",
        "`request_ip`, when there is no address in `context.ip`",
        "sent as the user's address",
        "sent only if the user's own device made the request: `channel` is `web` or `mobile`, or "
        "is missing and the user agent is a browser's",
        "Otherwise it is the address of a server or of a webhook's sender, in a data center.",
    ),
    Difference(
        "lists-of-addresses",
        "IP addresses in a list of proxies, with a port, or in brackets",
        "sent as they are",
        "the first address is sent, alone; text without an address is left out, and counted "
        "unless `request_ip` is sent instead",
        "Mixpanel locates only a plain address.",
    ),
    Difference(
        "inactive",
        "`context.active: false`",
        'leaves "last seen" unchanged on what identify sets',
        'leaves "last seen" unchanged on every update of the profile',
        "A server's event is not a visit of the user.",
    ),
    # Values
    Difference(
        "browsers",
        "Browsers",
        "every browser that ua-parser-js 1.0.40 knows",
        "the same names and versions, from a table; what other versions of it know is missing",
        "The parser is written in JavaScript, and those for Python use other names.",
    ),
    Difference(
        "keys-without-value",
        "Keys without a value, such as a missing id, and the limit of 254 properties",
        "count",
        "do not count, because they are not sent",
        "An event that Mixpanel accepts must not be rejected.",
    ),
    Difference(
        "dotted-numbers",
        "Numbers in dotted names of traits",
        "make a list with null for each missing position: `v.5` makes a list of six",
        "make a list if they count up from 0, else an object",
        "`v.2026` is not a list of 2,027 elements.",
    ),
    Difference(
        "number-text",
        "Numbers as ids and names that JavaScript writes differently: below 0.0001, or with more "
        "than 15 digits",
        "`0.00001`, and rounded",
        "`1e-5`, and exact",
        "Rounding could merge two users; small numbers do not occur as ids.",
    ),
    Difference(
        "year-as-time",
        "A year alone as a time",
        "the start of the year",
        "ignored, as if missing",
        "Such a value is a truncated time.",
    ),
    Difference(
        "javascript-names",
        "Traits named `__proto__`, `constructor` or `prototype`",
        "left out of profiles",
        "copied like any other trait",
        "They are dangerous only in JavaScript.",
    ),
)

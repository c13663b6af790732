"""What Mixpanel drops, cuts or changes of events."""

from typing import Final

from docs.printing.loss import DOC, EMP, IMPORT_PAGE, LIVE, Loss
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping.left_out import LeftOut

TYPES_PAGE: Final = "property-reference/data-type"
RESERVED_PAGE: Final = "property-reference/reserved-properties"
SENDING_PAGE: Final = "troubleshooting/sending-data"

EVENTS: Final = (
    Loss(
        what="`$ignore` is true",
        mixpanel="answers success and drops the event",
        rejected=(Code.IGNORED,),
        source=SENDING_PAGE,
        grade=DOC,
    ),
    Loss(
        what="An event is named `$identify`, `$create_alias` or `$merge`",
        mixpanel="merges users, or rejects the whole request with simplified ID merge",
        rejected=(Code.RESERVED_EVENT_NAME,),
        source="reference/create-identity",
        grade=f"{DOC}, {LIVE}",
    ),
    Loss(
        what="The token belongs to no project, or to one of another region",
        mixpanel="answers success to /track, /engage and /groups, and drops the data",
        kept=(Code.CREDENTIALS_REFUSED, Code.TOKEN_UNPROVEN),
        unknown="whether the token is that of the intended project; compare it in Mixpanel's "
        "project settings",
        source=SENDING_PAGE,
        grade=f"{DOC}, {LIVE}",
    ),
    Loss(
        what="An event on /track is older than 5 days",
        mixpanel="answers success and drops the event",
        avoided="it goes to /import",
        source="reference/track-event",
        grade=DOC,
    ),
    Loss(
        what="An event is older than the project keeps data: 2 years, or 5 for older projects",
        mixpanel="rejects it with an error, or stores it and does not show it",
        rejected=(Code.TOO_OLD, Code.REFUSED_BY_MIXPANEL),
        unknown="how long the project keeps data; set `maxEventAgeDays` to it",
        source="privacy/gdpr-compliance",
        grade=f"{DOC}, {LIVE}",
    ),
    Loss(
        what="An event's time is up to an hour in the future",
        mixpanel="stores the time of arrival instead",
        counted=(LeftOut.TIME,),
        source=IMPORT_PAGE,
        grade=DOC,
    ),
    Loss(
        what="An event's time is more than an hour in the future",
        mixpanel="rejects it; on /track without an error",
        rejected=(Code.IN_FUTURE,),
        source=IMPORT_PAGE,
        grade=f"{DOC}, {LIVE}",
    ),
    Loss(
        what="A drop filter or a blocked event of the project matches the event",
        mixpanel="answers success and drops the event",
        unknown="the project's settings are not in the API; look at Data Management",
        source=SENDING_PAGE,
        grade=DOC,
    ),
    Loss(
        what="The project approves new events (Event Approval), or has 5,000 names of events",
        mixpanel="hides further names",
        unknown="the project's settings are not in the API; look at Lexicon",
        source="data-governance/event-approval",
        grade=DOC,
    ),
    Loss(
        what="More than 200,000 events a day of one user, or 1,000,000 of one group",
        mixpanel="renames further events to `$hotshard_events`, and removes the user",
        unknown="an invocation sees only its own events; look for `$hotshard_events` in Mixpanel",
        source="hot-shard-limits",
        grade=DOC,
    ),
    Loss(
        what="Two different events of a user have one name, one day and one `$insert_id`",
        mixpanel="drops one of them as a duplicate",
        unknown="a duplicate looks the same; give each event a `messageId` whose last 36 "
        "characters are its own",
        source="event-deduplication",
        grade=DOC,
    ),
    Loss(
        what="SQS or a retry sends an event twice",
        mixpanel="shows it once, and bills it twice",
        unknown="whether a request without an answer was stored; look at the project's usage",
        source="troubleshooting/errors/duplicate-events",
        grade=DOC,
    ),
    Loss(
        what="An event of a deleted user is sent again with its `$insert_id`",
        mixpanel="may drop it as a duplicate of the deleted one",
        unknown="Mixpanel does not say when a deletion ends; send it with a new `messageId`",
        source="troubleshooting/errors/duplicate-events",
        grade=DOC,
    ),
    Loss(
        what="`strictMode` is false, and Mixpanel rejects some events of a request",
        mixpanel="answers success without naming them",
        rejected=(Code.REFUSED_BY_MIXPANEL,),
        avoided="the number that Mixpanel imported is compared, and the request is split",
        source="observed",
        grade=LIVE,
    ),
)

PROPERTIES: Final = (
    Loss(
        what="A text is longer than 255 characters (or bytes: Mixpanel says both)",
        mixpanel="cuts it",
        counted=(LeftOut.TEXT,),
        source=f"{IMPORT_PAGE}, {TYPES_PAGE}",
        grade=DOC,
    ),
    Loss(
        what="The name of an event or property is longer than 255 characters",
        mixpanel="cuts it, so that two names that begin alike become one",
        counted=(LeftOut.NAME,),
        source="data-structure/events-and-properties",
        grade=DOC,
    ),
    Loss(
        what="A list or object is larger than 8 KB in an event, or 256 KB in a profile",
        mixpanel="documents the limit, and not what it does beyond",
        counted=(LeftOut.VALUE,),
        source=TYPES_PAGE,
        grade=DOC,
    ),
    Loss(
        what="An event has 255 or more properties or keys in an object, over 255 elements in a "
        "list, or over 1 MiB",
        mixpanel="rejects it; on /track without an error",
        rejected=(Code.TOO_MANY_PROPERTIES, Code.TOO_MANY_ELEMENTS, Code.TOO_LARGE),
        source=IMPORT_PAGE,
        grade=DOC,
    ),
    Loss(
        what="A list has exactly 255 elements, a list within a list has more, or an event has "
        "between 1,000,000 bytes and 1 MiB; RudderStack sends all of these",
        mixpanel="documents lower limits: rejects it; on /track without an error",
        rejected=(Code.REFUSED_BY_MIXPANEL,),
        unknown="on /track, whether the limits are exact; use `ingestionApi: import`",
        source=IMPORT_PAGE,
        grade=DOC,
    ),
    Loss(
        what="Objects are nested deeper than 3 levels",
        mixpanel="documents 3 levels and stores 10",
        rejected=(Code.TOO_DEEP,),
        unknown="up to 10 levels, whether a report shows them; look at the event",
        source=IMPORT_PAGE,
        grade=f"{DOC}, {EMP}",
    ),
    Loss(
        what="Text is not UTF-8",
        mixpanel="rejects the event; on /track without an error",
        rejected=(Code.UNREADABLE,),
        source=IMPORT_PAGE,
        grade=DOC,
    ),
    Loss(
        what="A whole number has more than 64 bits, or a text has half of a surrogate pair",
        mixpanel="rejects the event; on /track without an error",
        avoided="the number is sent as text, and the half as U+FFFD",
        source=IMPORT_PAGE,
        grade=DOC,
    ),
    Loss(
        what="A property has a name that Mixpanel writes itself, such as `$import` or `bucket`",
        mixpanel="overwrites it, or uses it for its own purposes",
        counted=(LeftOut.RESERVED,),
        source=RESERVED_PAGE,
        grade=DOC,
    ),
    Loss(
        what="A property has a name that the stack writes, such as `time` or `$os`, or that "
        "another part of the event has, such as a trait of its context",
        mixpanel="gets one of the values",
        counted=(LeftOut.REPLACED,),
        source="[mapping.md](mapping.md)",
        grade="",
    ),
    Loss(
        what="Another property whose name begins with `$` or `mp_`",
        mixpanel="may give it a meaning of its own",
        unknown="the list of such names grows; look at the event",
        source=RESERVED_PAGE,
        grade=DOC,
    ),
    Loss(
        what="A value is null",
        mixpanel="shows it as not set",
        unknown="whether the profile had a value before; look at the profile",
        source=TYPES_PAGE,
        grade=DOC,
    ),
    Loss(
        what="An event or update has an IP address",
        mixpanel="stores the city, region and country of it, and not the address",
        unknown="whether Mixpanel knows the location; look at the event",
        source=IMPORT_PAGE,
        grade=DOC,
    ),
    Loss(
        what="An event or update has no IP address",
        mixpanel="locates the user where the request came from",
        avoided="every request has `ip=0`",
        source="reference/profile-set",
        grade=DOC,
    ),
    Loss(
        what="A group key is not declared in the project, or was declared later",
        mixpanel="stores the property, and counts the event for no group",
        unknown="the project's settings are not in the API; declare group keys before you send",
        source="data-structure/group-analytics",
        grade=DOC,
    ),
)

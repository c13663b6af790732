"""What Mixpanel drops, cuts or changes of profiles, and of who a user is."""

from typing import Final

from docs.printing.loss import DOC, EMP, IMPORT_PAGE, INF, LIVE, Loss
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping.left_out import LeftOut

LIMITS_PAGE: Final = "user-profile-limits"
SIMPLIFIED_PAGE: Final = "id-management/identifying-users-simplified"
ORIGINAL_PAGE: Final = "id-management/identifying-users-original"

PROFILES: Final = (
    Loss(
        what="A profile has more than 2,000 properties",
        mixpanel="does not store further ones",
        rejected=(Code.TOO_MANY_PROPERTIES,),
        unknown="over several updates, how many the profile has; look at the profile",
        source=LIMITS_PAGE,
        grade=DOC,
    ),
    Loss(
        what="An update is larger than 1 MB",
        mixpanel="rejects it",
        rejected=(Code.TOO_LARGE,),
        source=LIMITS_PAGE,
        grade=DOC,
    ),
    Loss(
        what="One update of a request is invalid",
        mixpanel="answers success if another one is valid",
        avoided="updates are checked before they are sent",
        source="ingestion OpenAPI",
        grade=f"{DOC}, {INF}",
    ),
    Loss(
        what="A charge or an increment is not a number",
        mixpanel="rejects it, or adds up text",
        counted=(LeftOut.CHARGE, LeftOut.INCREMENT),
        source="reference/profile-numerical-add",
        grade=DOC,
    ),
    Loss(
        what="An increment of a property that is not a number, or a union or append to one that "
        "is not a list",
        mixpanel="does not document what it does",
        unknown="what the profile holds; look at the profile",
        source="reference/profile-numerical-add",
        grade=INF,
    ),
    Loss(
        what="A charge is added to `$transactions`",
        mixpanel="stores it; its Revenue report ended on 31 December 2024",
        unknown="whether a report of yours reads it; look at the profile, or use events",
        source="changelogs",
        grade=DOC,
    ),
    Loss(
        what="A trait has a name that is empty or only dots, or is a part of an address other "
        "than city, state and country",
        mixpanel="does not get it; RudderStack does not send it either",
        counted=(LeftOut.TRAIT,),
        source="[mapping.md](mapping.md)",
        grade="",
    ),
    Loss(
        what="Two traits are sources of one property, such as `firstName` and `first_name`, `city` "
        "and `address.city`, or the same trait of the call and of its context",
        mixpanel="gets one of the values; so it does of RudderStack",
        counted=(LeftOut.REPLACED,),
        source="[mapping.md](mapping.md)",
        grade="",
    ),
    Loss(
        what="Two traits that a list names have the same last part, such as `home.city` and "
        "`work.city`",
        mixpanel="gets one of the values; so it does of RudderStack",
        counted=(LeftOut.REPLACED,),
        source="[mapping.md](mapping.md)",
        grade="",
    ),
    Loss(
        what="The id of a group is an object, a list, null or blank",
        mixpanel="rejects the profile of such a group",
        counted=(LeftOut.GROUP,),
        source="reference/group-set-property",
        grade=DOC,
    ),
    Loss(
        what="`$add` or `$append` on a group",
        mixpanel="does not support it",
        avoided="groups get `$set` alone",
        source="user-profiles",
        grade=f"{DOC}, {EMP}",
    ),
)

USERS: Final = (
    Loss(
        what="An id is a placeholder such as `null`, `0` or the zero UUID",
        mixpanel="rejects events of it, and merges the users who share it",
        rejected=(Code.MISSING_IDENTITY,),
        counted=(LeftOut.IDENTIFIER,),
        source=IMPORT_PAGE,
        grade=f"{DOC}, {EMP}",
    ),
    Loss(
        what="An id of a user or group has over 255 bytes",
        mixpanel="may cut it as any text, so that ids that begin alike become one",
        rejected=(Code.ID_TOO_LONG,),
        source=IMPORT_PAGE,
        grade=INF,
    ),
    Loss(
        what="`context.ip` is text without an IP address, such as `unknown`",
        mixpanel="does not locate the user",
        counted=(LeftOut.ADDRESS,),
        source="tracking-best-practices/geolocation",
        grade=DOC,
    ),
    Loss(
        what="An anonymousId begins with `$device:`, with simplified ID merge",
        mixpanel="would read the prefix as its own",
        avoided="the prefix is taken off",
        source="observed",
        grade=LIVE,
    ),
    Loss(
        what="An alias of somebody who is already identified, with original ID merge",
        mixpanel="joins nothing, and writes `$failure_reason` on the event",
        unknown="who is identified; look for `$create_alias` events with `$failure_reason`",
        source="reference/create-identity",
        grade=DOC,
    ),
    Loss(
        what="A `$merge` beyond 500 ids of one user",
        mixpanel="joins nothing, and writes `$failure_reason` on the event",
        unknown="how many ids a user has; look for `$merge` events with `$failure_reason`",
        source=ORIGINAL_PAGE,
        grade=f"{DOC}, {LIVE}",
    ),
    Loss(
        what="An `$identify` whose anonymous id is not a version 4 UUID, with original ID merge",
        mixpanel="joins nothing",
        avoided="ids are joined by `$merge`, which takes any id",
        source="reference/create-identity",
        grade=DOC,
    ),
    Loss(
        what="A device of one user is used by another, with simplified ID merge",
        mixpanel="leaves the device with the first user; two user ids never become one",
        unknown="who used the device first; look at the user's activity",
        source=SIMPLIFIED_PAGE,
        grade=f"{DOC}, {LIVE}",
    ),
    Loss(
        what="An identify call has an anonymousId alone, with simplified ID merge",
        mixpanel="keeps the profile of the device, and does not move it to the user later",
        unknown="whether a userId follows; send traits with the userId",
        source=SIMPLIFIED_PAGE,
        grade=DOC,
    ),
    Loss(
        what="A userId begins with `$device:`, with simplified ID merge",
        mixpanel="does not document what it does",
        unknown="whether Mixpanel takes it for a device; choose other ids",
        source=SIMPLIFIED_PAGE,
        grade=INF,
    ),
)

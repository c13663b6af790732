"""Differences from RudderStack in which events are sent, under which names and for which users."""

from typing import Final

from rudder_mixpanel_cli.differences import conditions
from rudder_mixpanel_cli.differences.difference import Difference

OF_EVENTS: Final = (
    # Names, charges and increments
    Difference(
        "page-name",
        "Name of page events",
        "`Loaded a Page`",
        "`Page`",
        "RudderStack's documentation says so; its code differs from it.",
        ("pageEventName", "compatibility"),
        when=conditions.has_own_event_name("Page"),
    ),
    Difference(
        "screen-name",
        "Name of screen events",
        "`Loaded a Screen`",
        "`Screen`",
        "RudderStack's documentation says so; its code differs from it.",
        ("screenEventName", "compatibility"),
        when=conditions.has_own_event_name("Screen"),
    ),
    Difference(
        "charges",
        "Charges",
        "any `revenue` becomes a transaction on the profile, unchanged",
        "only with Mixpanel People, and as a number; a value that is not a number is left out and "
        "counted",
        "RudderStack's documentation says so, and Mixpanel cannot add up text.",
        ("people", "compatibility"),
        when=conditions.lacks("people"),
    ),
    Difference(
        "increments",
        "Increments",
        "any value that is not empty is sent",
        "numbers, and text that is a number; other values are left out and counted",
        "Mixpanel rejects increments that are not numbers.",
        ("propIncrements",),
        when=conditions.uses("propIncrements"),
    ),
    Difference(
        "types-of-other-destinations",
        "Calls of the types `record`, `merge` and `audiencelist`",
        "filtered by its server: status 298",
        "filtered, and the log says so",
        "They are not for Mixpanel; nothing is lost.",
    ),
    Difference(
        "unknown-types",
        "Calls of an unknown type",
        "filtered by its server; one that reaches the destination is an error",
        "rejected: `UNSUPPORTED_TYPE`",
        "Such a type is a mistake of the sender, and the event can be replayed.",
    ),
    Difference(
        "track-without-name",
        "Track without a name",
        "sent without a name",
        "rejected: `MISSING_EVENT_NAME`; so is a blank name",
        "Mixpanel rejects it, and the reason should be visible.",
    ),
    Difference(
        "number-as-name",
        "Track with a number as its name",
        "sent as a number",
        "sent as text",
        "Mixpanel accepts only text as a name.",
    ),
    Difference(
        "template-patterns",
        "Templates of page and screen names",
        "`$&` and similar patterns in a name or category are replaced, as JavaScript does",
        "names and categories are inserted unchanged",
        "Replacement patterns of JavaScript must not change an event's name.",
        ("userDefinedPageEventTemplate", "userDefinedScreenEventTemplate"),
        when=conditions.uses("useUserDefinedPageEventName", "useUserDefinedScreenEventName"),
    ),
    Difference(
        "name-in-template",
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
        "reserved-names",
        "Events named `$identify`, `$create_alias` or `$merge`",
        "sent",
        "rejected: `RESERVED_EVENT_NAME`",
        "A track call or a template must not merge users.",
    ),
    Difference(
        "long-ids",
        "Ids of over 255 bytes",
        "sent",
        "rejected: `ID_TOO_LONG`",
        "Mixpanel may cut them, and users whose ids begin alike would become one.",
    ),
    Difference(
        "device-prefix",
        "`$device:` in an anonymousId, with simplified ID merge",
        "sent with the prefix twice",
        "sent with the prefix once, however often it is there",
        "Mixpanel's own libraries add it, and both ids name the same device.",
        when=conditions.chooses("identityMergeApi", "simplified"),
    ),
    Difference(
        "no-id",
        "Neither userId nor anonymousId",
        "sent as the user `$device:undefined`, or without an id",
        "rejected: `MISSING_IDENTITY`",
        "All such users would become one user.",
    ),
    Difference(
        "placeholder-ids",
        "Placeholders as ids: `null`, `undefined`, `0`, the zero UUID and similar",
        "sent",
        "ignored and counted; rejected when no other id is left",
        "Mixpanel rejects them on events, and unrelated users would merge.",
    ),
    Difference(
        "ids-as-text",
        "Ids that are numbers, and ids of groups that are true or false",
        "sent as text, but unchanged in alias calls and as ids of groups",
        "sent as text everywhere: ids of users, devices and aliases; ids of groups in group calls, "
        "and in properties and traits with a group key's name",
        '1 and "1" are the same user or group.',
        ("groupKeySettings",),
        when=conditions.uses("groupKeySettings"),
    ),
    Difference(
        "large-numbers",
        "Whole numbers beyond 2^53",
        "rounded",
        "sent exactly, as text with all digits if they have more than 64 bits",
        "They are ids, and rounding makes one user of two.",
    ),
    Difference(
        "alias-without-user",
        "Alias without userId",
        "sent without the new id",
        "rejected: `MISSING_IDENTITY`",
        "Mixpanel cannot use it.",
    ),
    Difference(
        "unusable-group-ids",
        "Group ids that are objects, lists, null or empty",
        "sent as the group's id",
        "sent in the user's list of groups, without a group profile",
        "Mixpanel rejects a group without a name.",
        ("groupKeySettings",),
        when=conditions.uses("groupKeySettings"),
    ),
)

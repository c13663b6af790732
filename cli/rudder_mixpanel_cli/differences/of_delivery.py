"""Differences from RudderStack in requests, settings and features."""

from typing import Final

from rudder_mixpanel_cli.differences import conditions
from rudder_mixpanel_cli.differences.difference import Difference

OF_DELIVERY: Final = (
    # The order of updates
    Difference(
        "late-updates",
        "Updates of profiles that come late",
        "overwrite newer values",
        "leave newer values as they are, of users and groups: a property is set or removed only by "
        "an update that is at least as new as the last one",
        "A queue, an outage or a replay brings updates late, and the profile would be wrong.",
        ("profileUpdates",),
        when=conditions.chooses("profileUpdates", "newer-wins"),
    ),
    # Requests and settings
    Difference(
        "strict-mode",
        "Strict mode",
        "off by default",
        "on by default",
        "Without it Mixpanel drops invalid events without an error.",
        ("strictMode",),
        when=conditions.all_of(
            conditions.leaves_default("strictMode"), conditions.chooses("ingestionApi", "import")
        ),
    ),
    Difference(
        "import-credentials",
        "Credentials of /import",
        "the project token",
        "a service account if there is one, else the project token",
        "Mixpanel recommends service accounts. It retires the API secret on 3 March 2027.",
        ("serviceAccountUserName", "serviceAccountSecret", "projectId", "importAuth", "apiSecret"),
        when=conditions.imports_by_a_secret,
    ),
    Difference(
        "event-api",
        "API for events",
        "/import",
        "/import by default, or /track",
        "RudderStack's documentation names /track; /import reports which event it rejected.",
        ("ingestionApi",),
        when=conditions.chooses("ingestionApi", "track"),
    ),
    Difference(
        "ignored-events",
        "Events with `$ignore`",
        "sent",
        "rejected: `IGNORED`",
        "Mixpanel answers success and drops them.",
    ),
    Difference(
        "limits",
        "Nesting deeper than 10 levels; updates of more than 2,000 properties or 1 MiB",
        "sent",
        "rejected: `TOO_DEEP`, `TOO_MANY_PROPERTIES`, `TOO_LARGE`",
        "Mixpanel does not store them.",
    ),
    Difference(
        "group-without-key",
        "Group calls without a configured key",
        "reported as a configuration error of the destination",
        "the event is rejected: `GROUP_KEY_NOT_CONFIGURED`",
        "All other events can be delivered.",
        ("groupKeySettings",),
        when=conditions.lacks("groupKeySettings"),
    ),
    Difference(
        "invalid-settings",
        "Invalid settings",
        "the default is used: US for an unknown region, original for an unknown identity merge",
        "nothing is sent, events are kept, and the log names the setting",
        "Data in the wrong region is lost.",
        ("dataResidency", "identityMergeApi"),
    ),
    Difference(
        "placeholder-settings",
        "Placeholders in settings, such as `{{ .NAME }}` or `env.NAME`",
        "valid by the rules of its form",
        "an error for a credential, a warning for other text",
        "Nothing fills them in here.",
    ),
    Difference(
        "misspelt-settings",
        "Misspelt settings",
        "ignored",
        "ignored with a warning, if the name resembles one of a setting",
        "A setting that does nothing should be noticed.",
    ),
    Difference(
        "dynamic-settings",
        "An event with an invalid value for a dynamic setting",
        "the default is used, as with invalid settings",
        "rejected: `INVALID_SETTING`",
        "All other events can be delivered.",
    ),
    Difference(
        "incomplete-service-account",
        "An incomplete service account",
        "not used if there is a token",
        "a configuration error that names the missing part; with the preset it is not used",
        "A secret is entered to be used.",
        ("serviceAccountUserName", "serviceAccountSecret", "projectId", "compatibility"),
        when=conditions.all_of(
            conditions.chooses("compatibility", "none"), conditions.has_part_of_a_service_account
        ),
    ),
    Difference(
        "denied-consents",
        "A list of denied consents with a value that is not text",
        "read up to that value",
        "every readable value counts as denied",
        "A denied consent must be respected.",
        ("consentManagement",),
        when=conditions.uses("consentManagement"),
    ),
    Difference(
        "event-lists",
        "Allow and deny lists of events",
        "apply in device mode only",
        "apply when the setting is on",
        "An exported destination can contain lists that were made for device mode.",
        ("filterEvents",),
        when=conditions.all_of(
            conditions.uses("filterEvents"),
            conditions.uses("whitelistedEvents", "blacklistedEvents"),
        ),
    ),
    # Features that RudderStack does not have
    Difference(
        "group-keys-on-events",
        "Group keys on events",
        "on profiles only",
        "on events as well, when the setting is on",
        "Mixpanel counts an event for a group only if the event has the group key.",
        ("groupKeysOnEvents",),
        when=conditions.all_of(
            conditions.uses("groupKeysOnEvents"), conditions.uses("groupKeySettings")
        ),
    ),
    Difference(
        "product-events",
        "Products of an order",
        "a list in the order event",
        "also one event `Product Purchased` for each product, when the setting is on",
        "Reports by product, as Segment's destination offers them.",
        ("productEvents",),
        when=conditions.uses("productEvents"),
    ),
)

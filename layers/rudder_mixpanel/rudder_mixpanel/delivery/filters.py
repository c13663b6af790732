"""Which events are delivered, by the rules of RudderStack: where to, by whose consent, by name."""

from collections.abc import Mapping
from typing import Any, Final

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.destination.types import Consent

# By what an event's `integrations` knows this destination, to the letter.
DISPLAY_NAME: Final = "Mixpanel"


def filter_reason(message: Mapping[str, Any], destination: Destination) -> str | None:
    """Why a message is not to be delivered, in words without data; None when it is."""
    if "integrations" in message and (reason := excluded_by_integrations(message["integrations"])):
        return reason
    context = message.get("context")
    told = context.get("consentManagement") if type(context) is dict else None
    if type(told) is dict and (reason := excluded_by_consent(told, destination)):
        return reason
    return excluded_by_event_lists(message, destination) if destination.lists_events else None


def excluded_by_integrations(integrations: Any) -> str | None:
    """Whether `integrations` leaves Mixpanel out: a word about it counts, else the one about all.

    github.com/rudderlabs/rudder-server, processor/integrations/integrations.go
    """
    if not isinstance(integrations, dict):
        return "integrations is no object, which means no destination"
    every = integrations.get("All", True)
    if every is True and DISPLAY_NAME not in integrations:
        return None
    if not isinstance(every, bool):
        return "integrations.All is neither true nor false, which means no destination"
    ours = integrations.get(DISPLAY_NAME)
    if isinstance(ours, bool):
        return None if ours else "integrations.Mixpanel is false"
    return None if every or isinstance(ours, dict) else "integrations.All is false"


def excluded_by_consent(told: Mapping[str, Any], destination: Destination) -> str | None:
    """Whether the user denies what the destination needs consent to.

    github.com/rudderlabs/rudder-server, processor/consent.go
    """
    # RudderStack stops reading at what is no text; a denial that can be read is one here.
    ids = told.get("deniedConsentIds")
    denied = {one for one in ids if isinstance(one, str)} if isinstance(ids, list) else set()
    return denied_rule(told, denied - {""}, destination) if denied else None


def denied_rule(told: Mapping[str, Any], denied: set[str], destination: Destination) -> str | None:
    """Which rule the denied ids meet: that of the event's consent manager, else the older ones."""
    provider = told.get("provider")
    for consent in destination.consents:
        if consent.provider == provider:
            met = is_denied(consent, told, denied)
            return f"consent denied ({consent.provider})" if met else None
    older = not isinstance(provider, str) or provider == ""
    if (older or provider == "oneTrust") and destination.one_trust_categories & denied:
        return "consent denied (oneTrustCookieCategories)"
    ketch = destination.ketch_purposes if older or provider == "ketch" else frozenset()
    return "consent denied (ketchConsentPurposes)" if ketch and ketch <= denied else None


def is_denied(consent: Consent, told: Mapping[str, Any], denied: set[str]) -> bool:
    """With `or` all that is needed must be denied, with `and` one of it.

    Consent managers with a name say in the event which it is; the custom one cannot.
    """
    custom = consent.provider == "custom"
    strategy = consent.strategy if custom else told.get("resolutionStrategy")
    return consent.ids <= denied if strategy == "or" else not consent.ids.isdisjoint(denied)


def excluded_by_event_lists(message: Mapping[str, Any], destination: Destination) -> str | None:
    """Whether the allow list or the deny list keeps a track event out.

    Only track events, names trimmed, case kept, as RudderStack's SDKs filter in device mode: its
    server knows no such filter. A list of names can say nothing about what has none.
    """
    if message.get("type") != "track":
        return None
    given = message.get("event")
    # A number for a name is sent as text.
    name = str(given).strip() if type(given) is str or type(given) is int else ""
    if destination.allowed_events is not None and name not in destination.allowed_events:
        return "the event is not in whitelistedEvents"
    return "the event is in blacklistedEvents" if name in destination.denied_events else None

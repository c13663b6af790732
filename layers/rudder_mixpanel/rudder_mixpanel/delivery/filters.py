"""Which events RudderStack would deliver: by type, integrations, consent and event lists."""

from collections.abc import Mapping
from typing import Any, Final

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.destination.types import Consent
from rudder_mixpanel.mapping.calls import CALLS

# The destination's name in an event's `integrations`; case counts.
DISPLAY_NAME: Final = "Mixpanel"
# Calls that RudderStack's server never sends to a Mixpanel destination
UNSENT_TYPES: Final = frozenset({"record", "merge", "audiencelist"})


def filter_reason(message: Mapping[str, Any], destination: Destination) -> str | None:
    """Why a message is filtered, without personal data; None when it is delivered."""
    kind = message.get("type")
    if type(kind) is str and kind not in CALLS and (reason := excluded_by_type(kind)):
        return reason
    if "integrations" in message and (reason := excluded_by_integrations(message["integrations"])):
        return reason
    context = message.get("context")
    consent = context.get("consentManagement") if type(context) is dict else None
    if type(consent) is dict and (reason := excluded_by_consent(consent, destination)):
        return reason
    return excluded_by_event_lists(message, destination) if destination.lists_events else None


def excluded_by_type(kind: str) -> str | None:
    """Why a type of call is filtered, if it is; without regard to case and surrounding blanks.

    RudderStack also filters types that nobody knows. Here those are rejected, so that a misspelt
    type is noticed. github.com/rudderlabs/rudder-server, processor/eventfilter/eventfilter.go
    """
    name = kind.strip().lower()
    return f"RudderStack sends no {name} calls to Mixpanel" if name in UNSENT_TYPES else None


def excluded_by_integrations(integrations: Any) -> str | None:
    """Why `integrations` excludes Mixpanel, if it does: its own entry counts, else that of `All`.

    github.com/rudderlabs/rudder-server, processor/integrations/integrations.go
    """
    if not isinstance(integrations, dict):
        return "integrations is not an object, which means no destination"
    default = integrations.get("All", True)
    if default is True and DISPLAY_NAME not in integrations:
        return None
    if not isinstance(default, bool):
        return "integrations.All is neither true nor false, which means no destination"
    own = integrations.get(DISPLAY_NAME)
    if isinstance(own, bool):
        return None if own else "integrations.Mixpanel is false"
    return None if default or isinstance(own, dict) else "integrations.All is false"


def excluded_by_consent(management: Mapping[str, Any], destination: Destination) -> str | None:
    """Why the user's consent excludes the destination, if it does.

    github.com/rudderlabs/rudder-server, processor/consent.go
    """
    # RudderStack stops reading at an id that is not text; here every readable denial counts.
    ids = management.get("deniedConsentIds")
    denied = {id_ for id_ in ids if isinstance(id_, str)} if isinstance(ids, list) else set()
    return violated_rule(management, denied - {""}, destination) if denied else None


def violated_rule(
    management: Mapping[str, Any], denied: set[str], destination: Destination
) -> str | None:
    """The consent rule that the denied ids violate, if any.

    It is that of the event's consent manager, else one of the older settings.
    """
    provider = management.get("provider")
    for consent in destination.consents:
        if consent.provider == provider:
            violated = is_denied(consent, management, denied)
            return f"consent denied ({consent.provider})" if violated else None
    older = not isinstance(provider, str) or provider == ""
    if (older or provider == "oneTrust") and destination.one_trust_categories & denied:
        return "consent denied (oneTrustCookieCategories)"
    ketch = destination.ketch_purposes if older or provider == "ketch" else frozenset()
    return "consent denied (ketchConsentPurposes)" if ketch and ketch <= denied else None


def is_denied(consent: Consent, management: Mapping[str, Any], denied: set[str]) -> bool:
    """Whether consent is denied: with `or` to all required ids, with `and` to any of them.

    The event names the strategy of a known consent manager; that of a custom one is a setting.
    """
    custom = consent.provider == "custom"
    strategy = consent.strategy if custom else management.get("resolutionStrategy")
    return consent.ids <= denied if strategy == "or" else not consent.ids.isdisjoint(denied)


def excluded_by_event_lists(message: Mapping[str, Any], destination: Destination) -> str | None:
    """Why the allow list or the deny list excludes a track event, if one does.

    As in device mode of RudderStack's SDKs (its server has no such filter), only track events are
    filtered, and names are trimmed and compared with case.
    """
    if message.get("type") != "track":
        return None
    event = message.get("event")
    # A number is a name, too: it is sent as text.
    name = str(event).strip() if type(event) is str or type(event) is int else ""
    if destination.allowed_events is not None and name not in destination.allowed_events:
        return "the event is not in whitelistedEvents"
    return "the event is in blacklistedEvents" if name in destination.denied_events else None

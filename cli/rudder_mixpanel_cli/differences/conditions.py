"""For which settings a difference from RudderStack counts."""

from collections.abc import Callable, Mapping
from typing import Any

type Values = Mapping[str, Any]
# A condition on the values that are in use, with defaults, and on those that the Config gives.
type Condition = Callable[[Values, Values], bool]


def uses(*names: str) -> Condition:
    """Whether one of these settings is on, or not empty."""
    return lambda used, _given: any(used[name] for name in names)


def lacks(name: str) -> Condition:
    """Whether this setting is off, or empty."""
    return lambda used, _given: not used[name]


def chooses(name: str, value: str) -> Condition:
    """Whether this setting has this value."""
    return lambda used, _given: bool(used[name] == value)


def leaves_default(name: str) -> Condition:
    """Whether the Config does not give this setting."""
    return lambda _used, given: name not in given


def all_of(*conditions: Condition) -> Condition:
    """Whether each of these conditions holds."""
    return lambda used, given: all(condition(used, given) for condition in conditions)


def has_own_event_name(kind: str) -> Condition:
    """Whether pages or screens get a name that RudderStack's code does not give them."""
    return lambda used, _given: (
        not used[f"useUserDefined{kind}EventName"]
        and used[f"{kind.lower()}EventName"] != f"Loaded a {kind}"
    )


def imports_by_a_secret(used: Values, _given: Values) -> bool:
    """Whether a service account or an API secret imports events, and not the token."""
    by_api_secret = used["importAuth"] == "apiSecret"
    secret = used["apiSecret" if by_api_secret else "serviceAccountSecret"]
    return bool(used["ingestionApi"] == "import" and secret)


def has_part_of_a_service_account(used: Values, _given: Values) -> bool:
    """Whether one part of a service account is there, and another one is missing."""
    parts = [used[name] for name in ("serviceAccountUserName", "serviceAccountSecret", "projectId")]
    return any(parts) and not all(parts)

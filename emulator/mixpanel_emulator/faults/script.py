"""Fault scripts: JSON objects that each describe one fault."""

from collections.abc import Mapping
from typing import Any, Final

from mixpanel_emulator.faults.plan import Fault
from mixpanel_emulator.faults.types import FAULT_TYPES
from mixpanel_emulator.rules.endpoints import EXPORT_ONLY

NONE: Final = type(None)
METHODS: Final = ("GET", "POST", "DELETE")
FIELD_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "fault": (str,),
    "endpoint": (str, NONE),
    "method": (str, NONE),
    "event": (str, NONE),
    "contains": (str, NONE),
    "larger_than": (int, NONE),
    "after": (int,),
    "times": (int, NONE),
    "probability": (int, float),
    "seed": (int,),
    "seconds": (int, float, NONE),
    "delay": (int, float),
    "retry_after": (str, int, NONE),
}


def parse_script(raw: object) -> list[Fault]:
    """Read a list of faults, or a single one. Raises ValueError."""
    return [parse_fault(item) for item in (raw if isinstance(raw, list) else [raw])]


def parse_fault(raw: object) -> Fault:
    """Read one fault. Raises ValueError that says what is wrong."""
    if not isinstance(raw, dict) or raw.get("fault") not in FAULT_TYPES:
        raise ValueError(f"fault must be one of: {', '.join(FAULT_TYPES)}")
    for name, value in raw.items():
        check_field(name, value)
    fault = Fault(**raw)
    check_target(fault)
    return fault


def check_field(name: str, value: Any) -> None:
    """Raise ValueError when a field is unknown or its value has the wrong type."""
    if name not in FIELD_TYPES:
        raise ValueError(f"{name} is not one of: {', '.join(FIELD_TYPES)}")
    # In Python, JSON's true is a number.
    if isinstance(value, bool) or not isinstance(value, FIELD_TYPES[name]):
        raise ValueError(f"{name} has the wrong type")  # noqa: TRY004 - JSON of another type
    if isinstance(value, int | float) and value < 0:
        raise ValueError(f"{name} must not be negative")


def check_target(fault: Fault) -> None:
    """Raise ValueError when the fault could never apply."""
    fault_type = FAULT_TYPES[fault.fault]
    if fault.endpoint not in {None, *fault_type.endpoints}:
        raise ValueError(f"{fault_type.name} applies only to: {', '.join(fault_type.endpoints)}")
    if fault.method is not None and fault.method not in METHODS:
        raise ValueError(f"method must be one of: {', '.join(METHODS)}")
    if fault.method is not None and fault_type.method not in {None, fault.method}:
        raise ValueError(f"{fault_type.name} applies only to {fault_type.method}")
    if fault.needs_body and not fault_type.reads_body:
        raise ValueError(f"{fault_type.name} strikes before the body is read")
    if fault_type.name in {"slow", "slow_rows"} and not fault.delay:
        raise ValueError(f"{fault_type.name} needs a delay")
    if fault_type.endpoints == EXPORT_ONLY and fault.larger_than is not None:
        raise ValueError("a request for an export has no body")
    if fault_type.endpoints == EXPORT_ONLY and fault.selects and not fault_type.targets_rows:
        raise ValueError(f"{fault_type.name} is about all rows")

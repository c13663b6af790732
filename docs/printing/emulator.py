"""The tables of docs/emulator.md: the rules and the faults of the emulator."""

from docs.printing.markdown import code, table
from mixpanel_emulator.faults.types import FAULT_TYPES, FaultType
from mixpanel_emulator.rules.endpoints import ALL
from mixpanel_emulator.rules.table import RULES


def print_faults() -> str:
    """Print the table of faults."""
    return table(
        ("Fault", "Endpoints", "What the client sees", "What is stored"),
        (
            (code(fault.name), endpoints_of(fault), fault.sees, fault.stored)
            for fault in FAULT_TYPES.values()
        ),
    )


def endpoints_of(fault: FaultType) -> str:
    """List the endpoints that a fault applies to."""
    return "any" if fault.endpoints == ALL else ", ".join(fault.endpoints)


def print_rules() -> str:
    """Print the table of rules."""
    return table(
        ("Rule", "Endpoints", "When", "Then", "Source", "Grade", "Violation"),
        (
            (
                rule.id,
                ", ".join(rule.endpoints),
                rule.trigger,
                rule.answer,
                rule.source,
                rule.grade,
                "yes" if rule.violation else "",
            )
            for rule in RULES
        ),
    )

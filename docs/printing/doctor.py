"""The table of doctor's checks."""

from docs.printing.markdown import code, table
from rudder_mixpanel_cli.doctor.checks import ordered_checks
from rudder_mixpanel_cli.doctor.end_to_end import END_TO_END


def print_checks() -> str:
    """Each check in the order of the output, with what it expects and what to do otherwise."""
    checks = (*ordered_checks(), END_TO_END)
    rows = ((code(check.name), *check.explanation) for check in checks)
    return table(("line", "fine when", "what to do otherwise"), rows)

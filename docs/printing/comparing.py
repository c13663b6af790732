"""The tables of docs/comparing.md: what explains a difference."""

from docs.printing.markdown import code, table
from rudder_mixpanel_cli.compare import rules
from rudder_mixpanel_cli.compare.artefacts import ARTEFACTS
from rudder_mixpanel_cli.differences.choice import DIFFERENCES


def differences() -> str:
    """The differences from RudderStack that explain something, and what they explain."""
    of_values = {rule.key for rule in rules.OF_MISMATCHES}
    of_absences = {rule.key for rule in rules.OF_ABSENCES}
    of_presences = {rule.key for rule in rules.OF_PRESENCES}
    kinds = (
        (of_values, "another value"),
        (of_absences, "an event that Mixpanel lacks"),
        (of_presences, "an event that is not sent here"),
    )
    explained = {
        each: ", ".join(text for keys, text in kinds if each.key in keys) for each in DIFFERENCES
    }
    rows = ((code(each.key), each.topic, text) for each, text in explained.items() if text)
    return table(("key", "difference from RudderStack", "explains"), rows)


def artefacts() -> str:
    """What Mixpanel itself changes."""
    return table(("key", "what Mixpanel does"), ((code(a.key), a.topic) for a in ARTEFACTS))

"""An exception covers what it names, and goes when it is not needed."""

from tests.security.exceptions import Exemption, Finding, problems, read_exemptions

QUEUES = Exemption("CKV_AWS_27", "*Queue")


def test_expected_finding_is_no_problem() -> None:
    """The rule and the resource are named."""
    assert problems([Finding("CKV_AWS_27", "EventsQueue")], [QUEUES]) == []


def test_other_findings_are_problems() -> None:
    """Another rule for the resource, and the rule for another resource."""
    findings = [
        Finding("CKV_AWS_27", "EventsQueue"),
        Finding("CKV_AWS_1", "EventsQueue"),
        Finding("CKV_AWS_27", "Ledger"),
    ]
    assert problems(findings, [QUEUES]) == [
        "EventsQueue does not follow CKV_AWS_1",
        "Ledger does not follow CKV_AWS_27",
    ]


def test_exemption_that_nothing_needs_is_a_problem() -> None:
    """So that the file never says more than is true."""
    assert problems([], [QUEUES]) == ["exceptions.yaml: no resource needs CKV_AWS_27 for *Queue"]


def test_every_exemption_has_a_reason() -> None:
    """Reading the file raises nothing."""
    assert len(read_exemptions()) > 0

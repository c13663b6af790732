"""Findings of checkov, and the exceptions that cover them."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple

import yaml

FILE: Final = Path(__file__).parent / "exceptions.yaml"


class Finding(NamedTuple):
    """A rule, and the logical id of the resource that does not follow it."""

    rule: str
    resource: str


class Exemption(NamedTuple):
    """A rule that some resources need not follow; `*` in their logical id is any text."""

    rule: str
    resource: str

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is expected."""
        return finding.rule == self.rule and fnmatchcase(finding.resource, self.resource)


def read_exemptions() -> list[Exemption]:
    """Every exemption of the file. Raises ValueError for a rule without a reason."""
    rules = yaml.safe_load(FILE.read_text())
    if without := [rule for rule, exception in rules.items() if not exception.get("reason")]:
        raise ValueError(f"{FILE.name}: no reason for {without}")
    return [
        Exemption(rule, resource)
        for rule, exception in rules.items()
        for resource in exception["resources"]
    ]


def problems(findings: Iterable[Finding], exemptions: Iterable[Exemption]) -> list[str]:
    """The findings that no exemption covers, and the exemptions that cover no finding."""
    found, expected = list(findings), list(exemptions)
    uncovered = [
        f"{finding.resource} does not follow {finding.rule}"
        for finding in found
        if not any(exemption.covers(finding) for exemption in expected)
    ]
    unneeded = [
        f"{FILE.name}: no resource needs {exemption.rule} for {exemption.resource}"
        for exemption in expected
        if not any(exemption.covers(finding) for finding in found)
    ]
    return uncovered + unneeded

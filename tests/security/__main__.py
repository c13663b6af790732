"""`make security`: check the expanded template, with every optional part, without a network."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.security.exceptions import Finding, problems, read_exemptions
from tests.template.stack import expand_template

CHECKOV: Final = Path(__file__).parents[2] / ".venv-checkov" / "bin" / "checkov"
OPTIONS: Final = (
    *("--framework", "cloudformation", "--output", "json"),
    # It neither asks a platform nor fails by its status, which exceptions decide.
    *("--skip-download", "--soft-fail", "--quiet", "--compact"),
)


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    findings = run_checkov(with_every_resource(expand_template()))
    found = problems(findings, read_exemptions())
    for problem in found:
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(f"checkov: {len(findings)} findings, {len(found)} problems\n")
    return 1 if found else 0


def with_every_resource(template: dict[str, Any]) -> dict[str, Any]:
    """The template without the conditions of resources, since checkov evaluates their defaults."""
    whole: dict[str, Any] = json.loads(json.dumps(template))
    for resource in whole["Resources"].values():
        resource.pop("Condition", None)
    return whole


def run_checkov(template: dict[str, Any]) -> list[Finding]:
    """What checkov finds. Raises CalledProcessError or ValueError if it cannot run."""
    with TemporaryDirectory(prefix="expanded-") as folder:
        file = Path(folder) / "template.json"
        file.write_text(json.dumps(template))
        command = [str(CHECKOV), "--file", str(file), *OPTIONS]
        done = subprocess.run(  # noqa: S603 - the project's own tool
            command,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "LOG_LEVEL": "ERROR"},
        )
    report = json.loads(done.stdout)
    if report["summary"]["parsing_errors"] or not report["summary"]["passed"]:
        raise ValueError(f"checkov could not read the template: {report['summary']}")
    return sorted(
        Finding(check["check_id"], check["resource"].rpartition(".")[2])
        for check in report["results"]["failed_checks"]
    )


if __name__ == "__main__":
    sys.exit(main())

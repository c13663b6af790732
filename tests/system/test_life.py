"""The quick part of `make rehearsal-life`; the whole takes minutes."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from sandbox.aws import MINISTACK
from sandbox.life.run import new_life, run_steps
from sandbox.life.steps import QUICK
from tests.package.conftest import Built


@pytest.mark.skipif(not MINISTACK.exists(), reason="needs MiniStack: make setup")
def test_suppressions_outlive_the_stack(built: Built, tmp_path: Path) -> None:
    """A failed creation leaves nothing; a removed stack leaves what its successor adopts."""
    output = io.StringIO()
    template = built.folder / "template.yaml"  # no quick step changes it
    with new_life(tmp_path, template) as life:
        failed = run_steps(Console(file=output, width=200), life, QUICK)
    assert failed == 0, output.getvalue()

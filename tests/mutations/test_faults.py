"""The faults fit the package; `make mutations` shows that the tests notice them."""

import pytest
from cfnlint.decode import decode_str  # type: ignore[import-untyped]  # has no types

from tests.mutations.fault import PROJECT, TEMPLATE, Fault
from tests.mutations.faults import FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_applies_and_compiles(fault: Fault) -> None:
    """Its text occurs once, and the tests that must notice exist."""
    changed = fault.applied()
    if fault.file == TEMPLATE:
        assert decode_str(changed)[1] == []
    else:
        compile(changed, fault.file, "exec")
    missing = [test for test in fault.tests if not (PROJECT / test.split("::")[0]).exists()]
    assert missing == []


def test_names_are_unique() -> None:
    """A fault is chosen by its name."""
    names = [fault.name for fault in FAULTS]
    assert sorted(set(names)) == sorted(names)

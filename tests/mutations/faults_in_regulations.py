"""The faults in accepting regulations, and in the ids that they name."""

from typing import Final

from tests.mutations.fault import Fault

REGULATIONS: Final = (
    Fault(
        name="users are suppressed before the answer",
        file="regulations/accept.py",
        text="        suppress_members(suppressed, dependencies, is_new=is_new)\n",
        replacement="",
        tests=("tests/unit/deletion/test_worker.py", "tests/unit/deletion/test_cancel.py"),
        broken="sent after effectiveAt",
    ),
    Fault(
        name="effectiveAt leaves time to invocations that have begun",
        file="regulations/accept.py",
        text="dependencies.now() + dependencies.delivery_timeout + MARGIN",
        replacement="dependencies.now()",
        tests=("tests/functions/test_regulations.py",),
        broken="sent after effectiveAt",
    ),
    Fault(
        name="who is cancelled while they are accepted is released",
        file="regulations/accept.py",
        text="        release_canceled(chunk, suppressed, dependencies)\n",
        replacement="",
        tests=("tests/unit/deletion/test_cancel.py",),
    ),
    Fault(
        name="the worker finishes what a request did not",
        file="deletion/worker.py",
        text="        accept_chunk(chunk, dependencies)\n        return True\n",
        replacement="        return False\n",
        tests=("tests/unit/deletion/test_crashes.py", "tests/unit/deletion/test_worker.py"),
        broken="forgotten",
    ),
    Fault(
        name="a wish that is repeated after its completion deletes again",
        file="regulations/chunk.py",
        text="OVER: Final = frozenset({RegulationState.COMPLETED, RegulationState.FAILED})",
        replacement="OVER: Final = frozenset({RegulationState.FAILED})",
        tests=("tests/unit/regulations/test_wishes.py",),
        broken="answered wrongly",
    ),
    Fault(
        name="a device is deleted under its prefix",
        file="message/identity.py",
        text='named = [f"{DEVICE}{device}" for device in devices]',
        replacement="named = list(devices)",
        tests=("tests/unit/message", "tests/unit/destination"),
        broken="completed without a deletion",
    ),
)

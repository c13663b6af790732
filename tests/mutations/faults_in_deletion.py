"""The faults in regulations and deletion."""

from typing import Final

from tests.mutations.fault import Fault

DELETION: Final[tuple[Fault, ...]] = (
    Fault(
        name="effectiveAt leaves time to invocations that have begun",
        file="regulations/accept.py",
        text="dependencies.now() + dependencies.delivery_timeout + MARGIN",
        replacement="dependencies.now()",
        tests=("tests/functions/test_regulations.py",),
        in_scenarios=True,
    ),
    Fault(
        name="who is cancelled while they are accepted is released",
        file="regulations/accept.py",
        text="        release_canceled(chunk, suppressed, dependencies)\n",
        replacement="",
        tests=("tests/unit/deletion/test_cancel.py",),
    ),
    Fault(
        name="a device is deleted under its prefix",
        file="message/identity.py",
        text='named = [f"{DEVICE}{device}" for device in devices]',
        replacement="named = list(devices)",
        tests=("tests/unit/message",),
        in_scenarios=True,
    ),
)

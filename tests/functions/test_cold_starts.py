"""The log of each function says at a cold start which version runs."""

import pytest

from rudder_mixpanel import __version__
from tests.build import sqs_event, track
from tests.functions.delivery import DeliveryFunction
from tests.functions.logs import lines
from tests.functions.receiving import ReceivingFunction
from tests.functions.regulations import RegulationsFunctions


def cold_starts(output: str) -> list[tuple[str, str]]:
    """The function and the version of each cold start in a log."""
    return [
        (line["service"], line["version"])
        for line in lines(output)
        if line.get("message") == "cold start"
    ]


def test_delivery_logs_its_version_once(
    capsys: pytest.CaptureFixture[str], delivering: DeliveryFunction
) -> None:
    """A warm invocation logs it no more."""
    delivering.invoke(sqs_event(track()))
    delivering.invoke(sqs_event(track()))
    assert [version for _, version in cold_starts(capsys.readouterr().out)] == [__version__]


def test_receiving_logs_its_version_once(
    capsys: pytest.CaptureFixture[str], receiving: ReceivingFunction
) -> None:
    """A warm invocation logs it no more."""
    receiving.call("/health", method="GET")
    receiving.call("/health", method="GET")
    assert [version for _, version in cold_starts(capsys.readouterr().out)] == [__version__]


def test_both_functions_for_regulations_log_their_version_once(
    capsys: pytest.CaptureFixture[str], regulations: RegulationsFunctions
) -> None:
    """A warm invocation logs it no more."""
    for _ in range(2):
        regulations.call("GET", "/v2/regulations")
        regulations.run_worker()
    versions = [version for _, version in cold_starts(capsys.readouterr().out)]
    assert versions == [__version__, __version__]

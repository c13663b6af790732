"""What Mixpanel's answers say, where they are undocumented or about another region."""

from typing import Any

import httpx
import pytest

from rudder_mixpanel.destination.project import INGESTION_URLS
from rudder_mixpanel_cli.mixpanel import probe
from rudder_mixpanel_cli.mixpanel.probe import ingestion_urls
from tests.unit.cli.doctor.account import Account, lines

ACCEPTED = {"code": 200, "num_records_imported": 0, "status": 0, "error": "some"}


def answer_with(account: Account, metadata: Any, validation: Any) -> None:
    """Have Mixpanel accept every import, and give these answers to the undocumented requests."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/metadata"):
            return httpx.Response(200, json=metadata)
        if "validate" in request.url.path:
            return httpx.Response(200, json=validation)
        return httpx.Response(200, json=ACCEPTED)

    def client(_: str) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(respond))

    account.patch.setattr(probe, "http_client_for", client)


@pytest.mark.parametrize("metadata", [{}, [], {"results": []}, {"results": {"token": 1}}, "x"])
def test_unknown_metadata_skips_the_comparison(account: Account, metadata: Any) -> None:
    """The endpoint is undocumented."""
    answer_with(account, metadata, {})
    levels = {line["name"]: line["level"] for line in lines() if line["level"] != "ok"}
    assert levels == {"project": "skipped"}


@pytest.mark.parametrize(
    ("region", "validation", "level"),
    [
        ("us", {"status": "ok"}, "ok"),
        ("us", {"status": "error"}, "warning"),
        ("eu", {"status": "error"}, "skipped"),
        ("us", {"status": 1}, "skipped"),
        ("us", [], "skipped"),
    ],
)
def test_token_without_a_service_account(
    account: Account, region: str, validation: Any, level: str
) -> None:
    """Mixpanel's web application is asked, which is known for the United States alone."""
    answer_with(account, {}, validation)
    account.set(dataResidency=region)
    account.put_secret("CredentialsSecretName", {"token": "f00dfeed" * 4})
    (line,) = (line for line in lines() if line["name"] == "project")
    assert line["level"] == level


@pytest.mark.parametrize(
    ("base_url", "region", "urls"),
    [
        ("", "eu", {name: INGESTION_URLS[name] for name in ("eu", "us", "in")}),
        ("https://proxy.example.com", "eu", {"eu": "https://proxy.example.com"}),
        (
            "http://127.0.0.1:1/in",
            "in",
            {f"{name}": f"http://127.0.0.1:1/{name}" for name in ("in", "us", "eu")},
        ),
    ],
)
def test_regions_that_are_asked(base_url: str, region: str, urls: dict[str, str]) -> None:
    """The configured one first; an address that replaces Mixpanel's may name regions."""
    assert list(ingestion_urls(base_url, region).items()) == list(urls.items())

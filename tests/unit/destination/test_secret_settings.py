"""Credentials are refused in settings, in any spelling and at any depth."""

from typing import Any

import pytest

from rudder_mixpanel.destination.secret_settings import refuse_credentials
from rudder_mixpanel.errors import ConfigurationError

SPELLINGS = ["APISecret", "apisecret", "api-secret", "api_secret", "API secret", "gdprAPIToken"]


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("depth", [0, 1, 500])
def test_credential_is_refused_by_name(name: str, depth: int) -> None:
    """Many can read the settings."""
    config: dict[str, Any] = {name: "s3cret"}
    for _ in range(depth):
        config = {"people": True, "advanced": [[config]]}
    with pytest.raises(ConfigurationError) as caught:
        refuse_credentials(config, "the secret")
    assert str(caught.value) == f"{name}: expected in the secret, not in settings"


@pytest.mark.parametrize("name", [*SPELLINGS, "people"])
def test_empty_field_and_other_settings_are_not(name: str) -> None:
    """An exported Config has empty fields."""
    refuse_credentials({name: "", "x": {name: None}, "token": "t", "projectId": "1"}, "the secret")

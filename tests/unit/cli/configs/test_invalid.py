"""What a command says about an invalid setting."""

from typing import Any

import pytest

from rudder_mixpanel.destination.settings import read_settings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.configs.invalid import invalid_setting

SWITCH = "expected true or false, got"


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        ("dataResidency", "mars", 'expected one of us, eu, in, got "mars"'),
        ("data_residency", "mars", 'expected one of us, eu, in, got "mars"'),
        ("people", "no", f'{SWITCH} "no" (a text): write false'),
        ("people", "On", f'{SWITCH} "On" (a text): write true'),
        ("people", "perhaps", f'{SWITCH} "perhaps"'),
        ("people", 1, f"{SWITCH} a number"),
        ("dataResidency", "f00d" * 8, "expected one of us, eu, in, got other text"),
        ("dataResidency", "\x1b[31m", "expected one of us, eu, in, got other text"),
        ("maxEventAgeDays", "s3cret", "expected a number above zero, got other text"),
    ],
)  # fmt: skip
def test_value_is_shown_where_a_setting_has_few(setting: str, value: Any, text: str) -> None:
    """Never where it may be a credential."""
    config = {"token": "t", setting: value}
    with pytest.raises(ConfigurationError) as caught:
        read_settings(config)
    assert invalid_setting(caught.value, config).partition(": ")[2] == text

"""Placeholders are distinguished from values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.placeholder import LONGEST, is_left_over, is_placeholder

OF_TOOLS = [
    "{{ .MIXPANEL_TOKEN }}",
    "{{MIXPANEL_TOKEN}}",
    "  {{ event.token }}\n",
    "{{resolve:secretsmanager:mixpanel}}",
    "prefix-{{ stage }}",
    "env.MIXPANEL_TOKEN",
    "env.token",
    "<token>",
    "<your project token>",
    "${MIXPANEL_TOKEN}",
    "${var.token}",
    "${{ secrets.TOKEN }}",
    "#{token}#",
    "$(MIXPANEL_TOKEN)",
]
OF_PEOPLE = [
    "$MIXPANEL_TOKEN",
    "MIXPANEL_TOKEN",
    "YOUR_PROJECT_TOKEN",
    "your-token",
    "Your project token",
    "%MIXPANEL_TOKEN%",
    "@token@",
    "__TOKEN__",
    "{token}",
    "[your token]",
    "...",
    "…",
    "********",
    "••••",
    "xxxxxxxx",
    "XXXX",
    "changeme",
    "CHANGE_ME",
    "replace-me",
    "todo",
    "TBD",
]
VALUES = [
    "",
    "f00dfeedf00dfeedf00dfeedf00dfeed",
    "none",
    "1234567",
    "shop.1a2b3c.mp-service-account",
    "your-shop.1a2b3c.mp-service-account",
    "aB3_dE-fG",
    "env",
    "environment.1",
    "a<b>c",
    "$",
    "x",
]


@pytest.mark.parametrize("text", [*OF_TOOLS, *OF_PEOPLE])
def test_what_is_left_in_place_of_a_credential_is_a_placeholder(text: str) -> None:
    """By a tool that did not fill it in, or by somebody who copied an example."""
    assert is_placeholder(text)


@pytest.mark.parametrize("text", VALUES)
def test_value_is_not_a_placeholder(text: str) -> None:
    """Neither in a credential nor elsewhere."""
    assert (is_placeholder(text), is_left_over(text)) == (False, False)


def test_only_placeholders_of_tools_count_outside_of_credentials() -> None:
    """A group key may be called COMPANY_ID, and an event [Shop]."""
    assert [text for text in OF_TOOLS + OF_PEOPLE if is_left_over(text)] == OF_TOOLS


def test_long_text_is_not_searched() -> None:
    """An event can contain a text on which a search takes long."""
    text = "{{" + "x" * LONGEST + "}}"
    assert (is_placeholder(text), is_left_over(text)) == (False, False)


@given(st.from_regex(r"[0-9a-f]{32}|[0-9]{1,10}", fullmatch=True))
def test_no_token_and_no_project_id_is_a_placeholder(credential: str) -> None:
    """Tokens have 32 hexadecimal digits, and ids of projects are numbers."""
    assert not is_placeholder(credential)

"""What `setup` cannot read, it leaves alone, and says so."""

import json
from typing import Any

import pytest

from tests.unit.cli.setup.new_stack import PARAMETER, NewStack, run_setup

LIVE = "live-key-of-an-app-000000"
UNREADABLE: dict[str, tuple[dict[str, Any], str]] = {
    "no JSON": ({"SecretString": f'{{"x": "{LIVE}",}}'}, "invalid JSON at line 1, column 34"),
    "no object": ({"SecretString": f'["{LIVE}"]'}, "JSON, but not an object"),
    "bytes": ({"SecretBinary": LIVE.encode()}, "bytes, and not text"),
}
WRONG_LISTS = [
    ("webhook-tokens", {"tokens": [LIVE]}, "tokens is not a list of objects"),
    ("webhook-tokens", {"tokens": {"a": LIVE}}, "tokens is not a list of objects"),
    ("write-keys", {"writeKeys": [{"source": "web"}, LIVE]}, "writeKeys is not a list of objects"),
    ("write-keys", {"webhookTokens": LIVE}, "webhookTokens is not a list of objects"),
]


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("name", ["webhook-tokens", "write-keys", "deletion-credentials"])
def test_secret_that_is_no_object_is_left_alone(
    new_stack: NewStack, config: str, name: str, kind: str
) -> None:
    """It may hold what is used, and one letter too many."""
    value, reason = UNREADABLE[kind]
    new_stack.put_value(name, **value)
    shown = run_setup(config, "--dry-run")
    done = run_setup(config, "--yes")
    advice = f"{reason}: correct it, or put {{}} in its place"
    assert (done.exit_code, new_stack.value(name)) == (1, value)
    assert (advice in shown.stderr, done.stderr.count(advice)) == (True, 2)
    assert LIVE not in shown.output + done.output


@pytest.mark.parametrize(("name", "content", "reason"), WRONG_LISTS)
def test_list_with_something_else_is_left_alone(
    new_stack: NewStack, config: str, name: str, content: Any, reason: str
) -> None:
    """A new key would take its place."""
    new_stack.put_secret(name, content)
    options = ("--token", "new:read", "--write-key", "new")
    done = run_setup(config, "--yes", *options)
    assert (done.exit_code, new_stack.secret(name)) == (1, content)
    assert f"{reason}: correct it" in done.stderr
    assert LIVE not in done.output


@pytest.mark.parametrize("text", [" ", "\n"])
def test_blank_secret_is_written(new_stack: NewStack, config: str, text: str) -> None:
    """It holds nothing."""
    new_stack.put_value("write-keys", SecretString=text)
    assert run_setup(config, "--yes").exit_code == 0


def test_credentials_that_cannot_be_read_are_named_before_any_are_missed(
    new_stack: NewStack,
) -> None:
    """Else it would seem that there are none."""
    new_stack.put_value("delivery-credentials", SecretString="{")
    done = run_setup("--yes", "--set", "people=true")
    assert (done.exit_code, new_stack.settings()) == (2, None)
    assert "Left alone: credentials of deliveries" in done.stderr


def test_settings_that_are_no_object_are_left_alone(new_stack: NewStack, config: str) -> None:
    """As secrets are."""
    ssm = new_stack.client("ssm")
    ssm.put_parameter(Name=PARAMETER, Value='{"people": true', Type="String")
    done = run_setup(config, "--yes")
    assert (done.exit_code, "correct it, or put {} in its place" in done.stderr) == (1, True)
    assert ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"] == '{"people": true'


def test_settings_that_an_earlier_template_left_empty_are_written(
    new_stack: NewStack, config: str
) -> None:
    """Its text says that there are none yet."""
    new_stack.client("ssm").put_parameter(Name=PARAMETER, Value="not set yet", Type="String")
    assert run_setup(config, "--yes").exit_code == 0


def test_plan_as_json_names_what_is_left_alone(new_stack: NewStack, config: str) -> None:
    """With the reason."""
    new_stack.put_value("write-keys", SecretString="{")
    plan = json.loads(run_setup(config, "--dry-run", "--json").stdout)
    [left] = plan["leftAlone"]
    assert left["reason"] == "invalid JSON at line 1, column 2: correct it, or put {} in its place"

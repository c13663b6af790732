"""What a second `setup` with an export keeps of a stack."""

import json
from pathlib import Path

import pytest

from rudder_mixpanel_cli.setup.keeping import OWN
from tests.unit.cli.setup.new_stack import (
    ACCOUNT,
    CONFIG,
    SETTINGS,
    TOKEN,
    NewStack,
    run_setup,
    write,
)

OTHER = "0123456789abcdef0123456789abcdef"


def test_export_leaves_settings_that_it_cannot_have(new_stack: NewStack, config: str) -> None:
    """The plan names them; a setting that RudderStack has is removed with the export."""
    run_setup(config, "--yes", "--set", "compatibility=rudderstack", "--set", "filterEvents=true",
              "--set", "people=true")  # fmt: skip
    done = run_setup(config, "--yes")
    own = {"compatibility": "rudderstack", "filterEvents": True}
    assert (done.exit_code, new_stack.settings()) == (0, {**SETTINGS, **own})
    assert "Settings kept: compatibility, filterEvents (no export has them;" in done.stderr


@pytest.mark.parametrize(
    ("in_file", "options", "then"),
    [
        ({"filterEvents": False}, (), {"filterEvents": False}),
        ({"filter_events": False}, (), {"filter_events": False}),
        ({}, ("--set", "filterEvents=false"), {"filterEvents": False}),
        ({}, ("--set", "filterEvents=null"), {}),
    ],
)
def test_named_setting_is_not_kept(
    new_stack: NewStack,
    tmp_path: Path,
    in_file: dict[str, object],
    options: tuple[str, ...],
    then: dict[str, object],
) -> None:
    """By the file or by an option, in either spelling; null removes one."""
    run_setup(write(tmp_path, CONFIG), "--yes", "--set", "filterEvents=true")
    run_setup(write(tmp_path, {**CONFIG, **in_file}), "--yes", *options)
    assert new_stack.settings() == {**SETTINGS, **then}


def test_own_settings_are_those_of_no_export() -> None:
    """Neither RudderStack's legacy ones nor credentials."""
    assert {
        *("apiSecret", "ketchConsentPurposes", "oneTrustCookieCategories", "useNativeSDK"),
    }.isdisjoint(OWN)
    assert {"compatibility", "filterEvents", "groupKeysOnEvents", "strictMode"} - OWN == {
        "strictMode"
    }


def test_old_export_does_not_replace_credentials(new_stack: NewStack, config: str) -> None:
    """Without questions, the stack's stay, and it is said; given ones replace them."""
    new_stack.put_secret("delivery-credentials", {"token": OTHER})
    done = run_setup(config, "--yes")
    kept = new_stack.secret("delivery-credentials")
    run_setup(config, "--yes", "--credentials", "-", stdin=json.dumps({"token": TOKEN}))
    assert (kept, new_stack.secret("delivery-credentials")) == ({"token": OTHER}, {"token": TOKEN})
    assert "Credentials kept: token (the Config has others;" in done.stderr


def test_service_account_is_kept_as_a_whole(new_stack: NewStack, tmp_path: Path) -> None:
    """The secret of another account would fit no name."""
    stored = {"token": TOKEN, **ACCOUNT, "serviceAccountUserName": "another"}
    del stored["projectId"]
    new_stack.put_secret("delivery-credentials", stored)
    done = run_setup(write(tmp_path, {"token": TOKEN, **ACCOUNT}), "--yes")
    assert (done.exit_code, new_stack.secret("delivery-credentials")) == (2, stored)


def test_dry_run_lists_what_is_kept(new_stack: NewStack, config: str) -> None:
    """Also as JSON."""
    new_stack.put_secret("delivery-credentials", {"token": OTHER})
    run_setup(config, "--yes", "--set", "compatibility=rudderstack")
    done = run_setup(config, "--dry-run", "--json")
    assert json.loads(done.stdout)["kept"] == {
        "settings": ["compatibility"],
        "credentials": ["token"],
    }

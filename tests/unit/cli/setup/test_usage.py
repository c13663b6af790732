"""`rudder-mixpanel setup`: its options, what it prints, and what it refuses."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.setup.new_stack import (
    ACCOUNT,
    API_SECRET,
    CONFIG,
    CREDENTIALS,
    GDPR_TOKEN,
    HIDDEN,
    NAME,
    PARAMETER,
    SETTINGS,
    TOKEN,
    NewStack,
    denied,
    run_setup,
    write,
)


def test_dry_run_needs_no_credentials_and_writes_nothing(
    new_stack: NewStack, tmp_path: Path
) -> None:
    """It names what is still needed."""
    done = run_setup(write(tmp_path, {**SETTINGS, "token": "{{ .TOKEN }}"}), "--dry-run")
    assert (done.exit_code, set(new_stack.everything().values())) == (0, {None})
    assert "Still needed: token, gdprApiToken." in done.stderr
    assert f"in the parameter {PARAMETER}" in done.stdout


def test_dry_run_ends_with_what_it_did(new_stack: NewStack, config: str) -> None:
    """On stdout, or with --json, which has stdout, on stderr."""
    text, as_json = run_setup(config, "--dry-run"), run_setup(config, "--dry-run", "--json")
    ends = [text.stdout.splitlines()[-1], as_json.stderr.splitlines()[-1]]
    assert ends == ["Nothing was written: this is a dry run."] * 2


def test_lines_in_a_pipe_are_not_broken(new_stack: NewStack, tmp_path: Path) -> None:
    """So that they can be searched."""
    config = {**SETTINGS, "superProperties": ["a"], "persistenceName": "x", "sourceName": "y"}
    done = run_setup(write(tmp_path, config), "--dry-run")
    names = "superProperties, sourceName, persistenceName, connectionMode"
    row = f"  settings of the device mode  {names}  Only RudderStack's device mode uses them."
    assert row in done.stdout.splitlines()


def test_credentials_of_a_config_are_named(new_stack: NewStack, tmp_path: Path) -> None:
    """One as several."""
    done = run_setup(write(tmp_path, {"token": TOKEN}), "--dry-run")
    expected = "In the Config, and only for the secrets, never for the settings: token."
    assert expected in done.stdout.splitlines()


def test_export_prints_the_settings(new_stack: NewStack, config: str) -> None:
    """Without credentials that somebody put there by hand; its output sets up another stack."""
    empty = run_setup("--export")
    new_stack.client("ssm").put_parameter(Name=PARAMETER, Value=json.dumps(CONFIG), Type="String")
    done = run_setup("--export")
    assert (empty.exit_code, done.exit_code, json.loads(done.stdout)) == (1, 0, SETTINGS)


def test_json_says_what_was_written(new_stack: NewStack, config: str) -> None:
    """By name, and with new keys, which are shown only now."""
    done = run_setup(config, "--yes", "--json")
    result = json.loads(done.stdout)
    tokens = (new_stack.secret("webhook-tokens") or {})["tokens"]
    assert (
        [(row["kind"], row["new"]) for row in result["written"][:2]],
        result["newKeys"][0],
        result["failed"],
    ) == (
        [("secret", ["token"]), ("secret", ["token", "gdprApiToken"])],
        {
            "kind": "token",
            "name": "privacy",
            "scopes": tokens[0]["scopes"],
            "value": tokens[0]["token"],
        },
        [],
    )


@pytest.mark.parametrize(
    ("content", "options", "stdin", "message"),
    [
        ({}, (), "", "no token: give them by --credentials -, or answer on a terminal"),
        (
            {"dataResidency": "moon"},
            (),
            CREDENTIALS,
            'dataResidency: expected one of us, eu, in, got "moon"',
        ),
        (
            {},
            ("--set", "people=no"),
            CREDENTIALS,
            'people: expected true or false, got "no" (a text): write false',
        ),
        (
            {},
            ("--set", "residency=eu"),
            CREDENTIALS,
            "--set: no setting has the name residency; did you mean dataResidency?",
        ),
        ({}, ("--set", "s3cret"), CREDENTIALS, "--set: expected NAME=VALUE with the name of a"),
        ({"userDeletionApi": "task"}, (), '{"token": "t"}', "no gdprApiToken: give"),
        ({"importAuth": "apiSecret"}, (), '{"token": "t"}', "no apiSecret: give"),
        ({"whitelistedEvents": 1}, (), CREDENTIALS, "whitelistedEvents: expected a list of names"),
        ({}, (), "s3cret", "stdin: expected one JSON object with credentials"),
        ({}, (), '["s3cret"]', "stdin: expected a JSON object with token, serviceAccountUserName"),
        ({}, (), '{"s3cret": 1}', "stdin: unknown name; expected token"),
        ({}, (), '{"token": "s3cret s3cret"}', "stdin: token: expected at most 100 letters"),
        ({}, (), '{"token": "<s3cret>"}', "stdin: token: expected the value itself"),
        ({}, (), '{"token": "t", "serviceAccountSecret": "s"}', "no serviceAccountUserName, proj"),
        (
            {},
            ("--set", "foo=1"),
            CREDENTIALS,
            "--set: no setting has the name foo; docs/mapping.md lists all",
        ),
        ({}, ("--set", "token=s3cret"), CREDENTIALS, "--set: token is a credential: give it by"),
        ({}, ("--token", "one:everything"), CREDENTIALS, "--token: expected NAME:SCOPE,SCOPE with"),
        (
            {},
            ("--destination", "x"),
            CREDENTIALS,
            "{file}: no Mixpanel destination is called x; the file names none",
        ),
    ],
)
def test_wrong_usage_writes_nothing(  # noqa: PLR0913, PLR0917 - of one case
    new_stack: NewStack,
    tmp_path: Path,
    content: Any,
    options: tuple[str, ...],
    stdin: str,
    message: str,
) -> None:
    """The message names what is wrong, in one line, and never a value."""
    given = ("--credentials", "-") if stdin else ()
    file = write(tmp_path, content)
    done = run_setup(file, "--yes", *given, *options, stdin=stdin)
    assert (done.exit_code, any(new_stack.everything().values())) == (2, False)
    assert done.stderr.splitlines()[-1].startswith(
        f"rudder-mixpanel: {message.replace('{file}', file)}"
    )
    assert "s3cret" not in done.output


def test_without_config_and_terminal_there_is_advice(new_stack: NewStack) -> None:
    """A stack that has settings needs no Config."""
    done = run_setup("--yes")
    expected = "expected CONFIG: the stack has no settings yet, and nobody can be asked"
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, f"rudder-mixpanel: {expected}")


def test_consent_is_needed(new_stack: NewStack, config: str) -> None:
    """Without a terminal, by option."""
    done = run_setup(config)
    assert (done.exit_code, any(new_stack.everything().values())) == (2, False)
    assert "confirm with --yes, or look with --dry-run" in done.stderr


def test_stack_and_destination_are_named(new_stack: NewStack, config: str) -> None:
    """So that nobody sets up the wrong one."""
    done = run_setup(config, "--dry-run")
    assert done.stderr.splitlines()[:2] == [
        f"Stack {NAME} in us-east-1, which serves the destination 2abc.",
        f"Settings from {config}, destination 2abc (Production).",
    ]


@pytest.mark.parametrize("source", ["file", "stdin", "stack"])
def test_no_output_has_a_credential(new_stack: NewStack, tmp_path: Path, source: str) -> None:
    """Wherever it came from, whatever was asked for, and whatever goes wrong."""
    credentials = {"token": TOKEN, **ACCOUNT, "apiSecret": API_SECRET, "gdprApiToken": GDPR_TOKEN}
    file = write(tmp_path, {**SETTINGS, **(credentials if source == "file" else {})})
    if source == "stack":
        new_stack.put_secret("delivery-credentials", credentials)
        new_stack.put_secret("deletion-credentials", credentials)
    given = ("--credentials", "-") if source == "stdin" else ()
    outputs, errors = [], []
    for operation in ("GetSecretValue", "PutSecretValue", "PutParameter", "Nothing"):
        for options in ("", "--dry-run", "--dry-run --json", "--yes --json", "--yes", "--export"):
            with denied(operation):
                done = run_setup(file, *options.split(), *given, stdin=json.dumps(credentials))
            outputs.append(done.output)
            errors.append(done.exception)
    shown = [text for text in HIDDEN for output in outputs if text in output]
    unexpected = [error for error in errors if not isinstance(error, SystemExit | None)]
    assert (shown, unexpected, len(outputs)) == ([], [], 24)


def test_settings_never_hold_a_credential(new_stack: NewStack, tmp_path: Path) -> None:
    """In neither spelling."""
    config = {"api_secret": API_SECRET, "service_account_secret": "account-s3cret", **ACCOUNT,
              "gdpr_api_token": GDPR_TOKEN, "token": TOKEN, "people": True}  # fmt: skip
    done = run_setup(write(tmp_path, config), "--yes")
    assert (done.exit_code, new_stack.settings()) == (0, {"people": True})


MISPLACED = [
    {"APISecret": "s3cret"},
    {"apisecret": "s3cret"},
    {"api-secret": "s3cret"},
    {"gdprAPIToken": "s3cret"},
    {"gdprApiTokn": "s3cret"},
    {"Token": "s3cret"},
    {"advanced": {"serviceAccountSecret": "s3cret"}},
    {"web": [{"token": {"value": "s3cret"}}]},
]


@pytest.mark.parametrize("part", MISPLACED, ids=str)
def test_misspelt_or_nested_credential_is_an_error_by_name(
    new_stack: NewStack, tmp_path: Path, part: dict[str, Any]
) -> None:
    """It would be a setting, which many can read; nothing is written."""
    done = run_setup(write(tmp_path, {**CONFIG, **part}), "--yes")
    assert (done.exit_code, any(new_stack.everything().values())) == (2, False)
    assert re.search(r"mixpanel: \S+: not a setting; it resembles the credential", done.stderr)
    assert "s3cret" not in done.output


@pytest.mark.parametrize("part", MISPLACED, ids=str)
def test_export_prints_no_misspelt_or_nested_credential(
    new_stack: NewStack, part: dict[str, Any]
) -> None:
    """Which somebody put there by hand."""
    text = json.dumps({**SETTINGS, **part}, indent=1)
    new_stack.client("ssm").put_parameter(Name=PARAMETER, Value=text, Type="String")
    done = run_setup("--export")
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"the parameter {PARAMETER} holds" in done.stderr
    assert "s3cret" not in done.output


def test_empty_field_is_no_credential(new_stack: NewStack, tmp_path: Path) -> None:
    """In whatever spelling."""
    done = run_setup(write(tmp_path, {**CONFIG, "web": {"apiSecret": ""}, "Token": None}), "--yes")
    assert done.exit_code == 0


@pytest.mark.parametrize("value", [["s3cret"], {"a": "s3cret"}])
@pytest.mark.parametrize("name", ["token", "projectId", "gdpr_api_token"])
def test_credential_that_is_no_text_is_an_error(
    new_stack: NewStack, tmp_path: Path, name: str, value: Any
) -> None:
    """By its name, in one line."""
    done = run_setup(write(tmp_path, {**CONFIG, name: value}), "--yes")
    assert (done.exit_code, any(new_stack.everything().values())) == (2, False)
    assert "s3cret" not in done.output


HOSTILE = "a\x1b]52;c;ZWNobyBwd25lZA==\x07\x9b2J\rb"


@pytest.mark.parametrize("options", ["--yes", "--dry-run", "--dry-run --destination c"])
def test_control_characters_of_a_file_are_not_shown(
    new_stack: NewStack, tmp_path: Path, options: str
) -> None:
    """A terminal would execute them; the names and the values of a file are anybody's."""
    config = {**CONFIG, "pageEventName": HOSTILE, HOSTILE: True}
    destination = {"id": "c", "name": HOSTILE, "type": "MP", "config": config}
    done = run_setup(write(tmp_path, destination), *options.split())
    several = {"all": [{**destination, "id": f"{HOSTILE}{number}"} for number in (1, 2)]}
    refused = run_setup(write(tmp_path, several), "--yes")
    shown = done.output + refused.output
    assert (done.exit_code, refused.exit_code) == (0, 2)
    assert [sign for sign in shown if not sign.isprintable() and sign != "\n"] == []

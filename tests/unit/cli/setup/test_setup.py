"""`rudder-mixpanel setup` without a terminal: what it writes, says and refuses."""

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.receiving.keys import SenderKeys
from rudder_mixpanel.regulations.callers import check_tokens
from tests.unit.cli.setup.new_stack import (
    ACCOUNT,
    API_SECRET,
    GDPR_TOKEN,
    HIDDEN,
    NAME,
    PARAMETER,
    TOKEN,
    NewStack,
    denied,
    deploy_new_stack,
    run_setup,
)

SETTINGS = {
    "dataResidency": "eu",
    "identityMergeApi": "simplified",
    "userDeletionApi": "task",
    "groupKeySettings": [{"groupKey": "company_id"}],
    "connectionMode": {"web": "device", "cloud": "cloud"},
}
CONFIG = {**SETTINGS, "token": TOKEN, "gdprApiToken": GDPR_TOKEN}
CREDENTIALS = json.dumps({"token": TOKEN, "gdprApiToken": GDPR_TOKEN})


@pytest.fixture
def config(tmp_path: Path) -> str:
    """An exported destination with its credentials."""
    return write(tmp_path, {"id": "2abc", "name": "Production", "type": "MP", "config": CONFIG})


def write(folder: Path, content: Any) -> str:
    """A file with this JSON."""
    file = folder / "exported.json"
    file.write_text(json.dumps(content))
    return str(file)


def test_exported_destination_sets_a_stack_up(new_stack: NewStack, config: str) -> None:
    """Settings go to the parameter, and credentials to the secrets of those who need them."""
    done = run_setup(config, "--yes")
    keys = [new_stack.secret("webhook-tokens"), new_stack.secret("write-keys")]
    assert (done.exit_code, new_stack.everything()) == (
        0,
        {
            "settings": SETTINGS,
            "delivery-credentials": {"token": TOKEN},
            "deletion-credentials": {"token": TOKEN, "gdprApiToken": GDPR_TOKEN},
            "webhook-tokens": keys[0],
            "write-keys": keys[1],
        },
    )


def test_functions_can_read_what_was_written(new_stack: NewStack, config: str) -> None:
    """All four of them."""
    run_setup(config, "--yes")
    stored = new_stack.everything()
    check_tokens(stored["webhook-tokens"]["tokens"])
    SenderKeys("secret", stored["write-keys"])
    delivery = Destination.from_config({**stored["settings"], **stored["delivery-credentials"]})
    deletion = DeletionSettings.from_config(
        {**stored["settings"], **stored["deletion-credentials"]}
    )
    assert (delivery.token, deletion.by_task, deletion.has_gdpr_token) == (TOKEN, True, True)


def test_parameter_may_be_longer_than_a_standard_one(new_stack: NewStack, tmp_path: Path) -> None:
    """A Config with long lists has more than 4 KB."""
    names = [{"property": f"{index:050}"} for index in range(90)]
    done = run_setup(write(tmp_path, {"token": TOKEN, "setOnceProperties": names}), "--yes")
    [described] = new_stack.client("ssm").describe_parameters()["Parameters"]
    assert (done.exit_code, described["Type"], described["Tier"]) == (
        0,
        "String",
        "Intelligent-Tiering",
    )


def test_new_keys_are_printed_once_with_what_they_are_for(new_stack: NewStack, config: str) -> None:
    """On stdout, and nothing else is there."""
    first, second = run_setup(config, "--yes"), run_setup(config, "--yes")
    stored = new_stack.everything()
    assert (first.stdout, second.stdout) == (
        "token privacy (create, read, cancel, see-users): "
        f"{stored['webhook-tokens']['tokens'][0]['token']}\n"
        f"write key sdk: {stored['write-keys']['writeKeys'][0]['writeKey']}\n",
        "",
    )


def test_second_run_changes_nothing(new_stack: NewStack, config: str) -> None:
    """And says so; no secret gets a new version."""
    run_setup(config, "--yes")
    before = new_stack.everything()
    with denied("PutSecretValue"), denied("PutParameter"):
        done = run_setup(config, "--yes")
    assert (done.exit_code, new_stack.everything()) == (0, before)
    assert "Nothing to write: the stack has all this already." in done.stderr


def test_keys_go_to_a_private_file(new_stack: NewStack, config: str, tmp_path: Path) -> None:
    """Which only its owner can read, and not to stdout."""
    file = tmp_path / "keys.txt"
    done = run_setup(config, "--yes", "--tokens-to", str(file))
    lines = re.sub(r": .*", "", file.read_text())
    assert (done.stdout, stat.S_IMODE(file.stat().st_mode), lines) == (
        "",
        0o600,
        "token privacy (create, read, cancel, see-users)\nwrite key sdk\n",
    )


def test_existing_file_for_keys_is_refused(
    new_stack: NewStack, config: str, tmp_path: Path
) -> None:
    """Before anything is written: it may hold the tokens of another stack."""
    file = tmp_path / "keys.txt"
    file.write_text("mine")
    done = run_setup(config, "--yes", "--tokens-to", str(file))
    assert (done.exit_code, file.read_text(), set(new_stack.everything().values())) == (
        2,
        "mine",
        {None},
    )


def test_no_file_is_left_without_keys(new_stack: NewStack, config: str, tmp_path: Path) -> None:
    """As when AWS denies to store them."""
    file = tmp_path / "keys.txt"
    with denied("PutSecretValue"):
        run_setup(config, "--yes", "--tokens-to", str(file))
    assert (new_stack.secret("webhook-tokens"), file.exists()) == (None, False)


def test_tokens_and_write_keys_are_added_by_name(new_stack: NewStack, config: str) -> None:
    """Those that exist stay as they are."""
    run_setup(config, "--yes")
    before = new_stack.everything()
    options = ("--token", "worker:worker", "--token", "privacy:read", "--write-key", "web")
    done = run_setup(config, "--yes", *options)
    after = new_stack.everything()
    tokens, keys = after["webhook-tokens"]["tokens"], after["write-keys"]["writeKeys"]
    assert (done.exit_code, tokens[:-1], keys[:-1]) == (
        0,
        before["webhook-tokens"]["tokens"],
        before["write-keys"]["writeKeys"],
    )
    assert (tokens[-1]["scopes"], after["webhook-tokens"]["projectToken"]) == (["worker"], TOKEN)
    assert len(done.stdout.splitlines()) == 2


def test_stack_that_receives_no_events_gets_no_write_keys(tmp_path: Path) -> None:
    """Its outputs name no secret for them."""
    from moto import mock_aws  # noqa: PLC0415

    with mock_aws():
        stack = deploy_new_stack(receives=False)
        done = run_setup(write(tmp_path, CONFIG), "--yes")
        wanted = run_setup(write(tmp_path, CONFIG), "--yes", "--write-key", "web")
        assert (done.exit_code, stack.secret("write-keys"), wanted.exit_code) == (0, None, 2)


def test_credentials_come_from_stdin(new_stack: NewStack, tmp_path: Path) -> None:
    """They override those of the Config; null removes one that is stored."""
    file = write(tmp_path, {**CONFIG, "token": "other"})
    given = {**ACCOUNT, "token": TOKEN}
    run_setup(file, "--yes", "--credentials", "-", stdin=json.dumps(given))
    first = [new_stack.secret("delivery-credentials"), new_stack.secret("deletion-credentials")]
    removed = dict.fromkeys(ACCOUNT)
    run_setup("--yes", "--credentials", "-", stdin=json.dumps(removed))
    second = [new_stack.secret("delivery-credentials"), new_stack.secret("deletion-credentials")]
    deletion = {"token": TOKEN, "gdprApiToken": GDPR_TOKEN}
    assert (first, second) == (
        [given, {**deletion, "projectId": ACCOUNT["projectId"]}],
        [{"token": TOKEN}, deletion],
    )


def test_what_else_a_secret_holds_stays(new_stack: NewStack, config: str) -> None:
    """Also when its text is one that no function can use."""
    new_stack.put_secret("delivery-credentials", {"token": "old", "note": "of the team"})
    new_stack.put_secret("write-keys", {"webhookTokens": [{"name": "rs", "token": "x" * 32}]})
    done = run_setup(config, "--yes")
    assert (done.exit_code, new_stack.secret("delivery-credentials")) == (
        0,
        {"token": TOKEN, "note": "of the team"},
    )
    assert new_stack.secret("write-keys") == {"webhookTokens": [{"name": "rs", "token": "x" * 32}]}


def test_token_that_events_select_is_none_for_deletions(
    new_stack: NewStack, tmp_path: Path
) -> None:
    """A deletion has no event; the secret for deletions keeps a token of its own."""
    new_stack.put_secret("deletion-credentials", {"token": "of-one-project"})
    dynamic = f"{{{{ event.context.token || {TOKEN} }}}}"
    done = run_setup(write(tmp_path, {"token": dynamic}), "--yes")
    assert (
        done.exit_code,
        new_stack.secret("delivery-credentials"),
        new_stack.secret("deletion-credentials"),
    ) == (0, {"token": dynamic}, {"token": "of-one-project"})


def test_setting_is_changed_by_option(new_stack: NewStack, config: str) -> None:
    """In RudderStack's spelling or the Rudder CLI's; a value is JSON or text."""
    run_setup(config, "--yes")
    options = ("--set", "compatibility=rudderstack", "--set", "data_residency=in")
    done = run_setup("--yes", *options, "--set", "people=true")
    kept = {name: value for name, value in SETTINGS.items() if name != "dataResidency"}
    changed = {"compatibility": "rudderstack", "data_residency": "in", "people": True}
    assert (done.exit_code, new_stack.settings()) == (0, {**kept, **changed})


def test_dry_run_needs_no_credentials_and_writes_nothing(
    new_stack: NewStack, tmp_path: Path
) -> None:
    """It names what is still needed."""
    done = run_setup(write(tmp_path, {**SETTINGS, "token": "{{ .TOKEN }}"}), "--dry-run")
    assert (done.exit_code, set(new_stack.everything().values())) == (0, {None})
    assert "Still needed: token, gdprApiToken." in done.stderr
    assert f"in the parameter {PARAMETER}" in done.stdout


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


def test_denied_secret_does_not_stop_the_others(new_stack: NewStack, config: str) -> None:
    """The end says what was written and what was not; the next run does the rest."""
    with denied("PutSecretValue", "webhook-tokens"):
        done = run_setup(config, "--yes")
    assert (done.exit_code, new_stack.settings(), new_stack.secret("webhook-tokens")) == (
        1,
        SETTINGS,
        None,
    )
    assert (
        "Written: credentials of deliveries.\nWritten: credentials of deletions.\n" in done.stderr
    )
    assert re.search(r"Not written: tokens .*webhook-tokens-\w+: You may not\.", done.stderr)
    assert "token privacy" not in done.stdout
    again = run_setup(config, "--yes")
    assert (again.exit_code, "token privacy" in again.stdout) == (0, True)


def test_secret_that_cannot_be_read_is_not_overwritten(new_stack: NewStack, config: str) -> None:
    """What it holds is not known."""
    new_stack.put_secret("webhook-tokens", {"tokens": "unknown"})
    with denied("GetSecretValue", "webhook-tokens"):
        done = run_setup(config, "--yes")
    assert (done.exit_code, new_stack.secret("webhook-tokens"), new_stack.settings()) == (
        1,
        {"tokens": "unknown"},
        SETTINGS,
    )


@pytest.mark.parametrize(
    ("content", "options", "stdin", "message"),
    [
        ({}, (), "", "no token: give them by --credentials -, or answer on a terminal"),
        ({"dataResidency": "moon"}, (), CREDENTIALS, "dataResidency: expected one of us, eu, in"),
        ({"userDeletionApi": "task"}, (), '{"token": "t"}', "no gdprApiToken: give"),
        ({"importAuth": "apiSecret"}, (), '{"token": "t"}', "no apiSecret: give"),
        ({"whitelistedEvents": 1}, (), CREDENTIALS, "whitelistedEvents: expected a list of names"),
        ({}, (), "s3cret", "stdin: expected one JSON object with credentials"),
        ({}, (), '["s3cret"]', "stdin: expected a JSON object with token, serviceAccountUserName"),
        ({}, (), '{"s3cret": 1}', "stdin: unknown name; expected token"),
        ({}, (), '{"token": "s3cret s3cret"}', "stdin: token: expected at most 100 letters"),
        ({}, (), '{"token": "<s3cret>"}', "stdin: token: expected the value itself"),
        ({}, (), '{"token": "t", "serviceAccountSecret": "s"}', "no serviceAccountUserName, proj"),
        ({}, ("--set", "nothing=1"), CREDENTIALS, "--set: expected NAME=VALUE with the name"),
        ({}, ("--set", "token=s3cret"), CREDENTIALS, "--set: token is a credential: give it by"),
        ({}, ("--token", "one:everything"), CREDENTIALS, "--token: expected NAME:SCOPE,SCOPE with"),
        (
            {},
            ("--destination", "x"),
            CREDENTIALS,
            "no Mixpanel destination is called x; the file names",
        ),
    ],
)
def test_wrong_usage_writes_nothing(
    new_stack: NewStack, tmp_path: Path, content: Any, options: tuple[str, ...], stdin: str,
    message: str,
) -> None:  # fmt: skip
    """The message names what is wrong, in one line, and never a value."""
    given = ("--credentials", "-") if stdin else ()
    done = run_setup(write(tmp_path, content), "--yes", *given, *options, stdin=stdin)
    assert (done.exit_code, set(new_stack.everything().values())) == (2, {None})
    assert done.stderr.splitlines()[-1].startswith(f"rudder-mixpanel: {message}")
    assert "s3cret" not in done.output


def test_without_config_and_terminal_there_is_advice(new_stack: NewStack) -> None:
    """A stack that has settings needs no Config."""
    done = run_setup("--yes")
    expected = "expected CONFIG: the stack has no settings yet, and nobody can be asked"
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (2, f"rudder-mixpanel: {expected}")


def test_consent_is_needed(new_stack: NewStack, config: str) -> None:
    """Without a terminal, by option."""
    done = run_setup(config)
    assert (done.exit_code, set(new_stack.everything().values())) == (2, {None})
    assert "confirm with --yes, or look with --dry-run" in done.stderr


def test_stack_and_destination_are_named(new_stack: NewStack, config: str) -> None:
    """So that nobody sets up the wrong one."""
    done = run_setup(config, "--dry-run")
    assert done.stderr.splitlines()[:2] == [
        f"Stack {NAME} in us-east-1, which serves the destination 2abc.",
        f"Settings from {config}, destination 2abc (Production).",
    ]


@pytest.mark.parametrize("options", [(), ("--yes",), ("--dry-run",), ("--yes", "--json"),
                                     ("--dry-run", "--json"), ("--export",)], ids=" ".join)  # fmt: skip
@pytest.mark.parametrize("source", ["file", "stdin", "stack"])
@pytest.mark.parametrize("operation", ["", "PutSecretValue", "PutParameter", "GetSecretValue"])
def test_no_output_has_a_credential(
    new_stack: NewStack, tmp_path: Path, options: tuple[str, ...], source: str, operation: str
) -> None:
    """Wherever it came from, and whatever goes wrong."""
    credentials = {
        "token": TOKEN,
        **ACCOUNT,
        "apiSecret": API_SECRET,
        "gdprApiToken": GDPR_TOKEN,
    }
    file = write(tmp_path, {**SETTINGS, **(credentials if source == "file" else {})})
    if source == "stack":
        new_stack.put_secret("delivery-credentials", credentials)
        new_stack.put_secret("deletion-credentials", credentials)
    given = ("--credentials", "-") if source == "stdin" else ()
    with denied(operation or "Nothing"):
        done = run_setup(file, *options, *given, stdin=json.dumps(credentials))
    shown = [text for text in HIDDEN if text in done.output]
    assert (shown, done.exception is None or isinstance(done.exception, SystemExit)) == ([], True)


def test_settings_never_hold_a_credential(new_stack: NewStack, tmp_path: Path) -> None:
    """In neither spelling."""
    config = {"api_secret": API_SECRET, "service_account_secret": "account-s3cret", **ACCOUNT,
              "gdpr_api_token": GDPR_TOKEN, "token": TOKEN, "people": True}  # fmt: skip
    done = run_setup(write(tmp_path, config), "--yes")
    assert (done.exit_code, new_stack.settings()) == (0, {"people": True})

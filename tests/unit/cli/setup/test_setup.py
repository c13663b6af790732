"""`rudder-mixpanel setup` without a terminal: what it writes, says and refuses."""

import json
import re
import stat
from pathlib import Path

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.receiving.keys import SenderKeys
from rudder_mixpanel.regulations.callers import check_tokens
from tests.unit.cli.setup.new_stack import (
    ACCOUNT,
    CONFIG,
    GDPR_TOKEN,
    SETTINGS,
    TOKEN,
    NewStack,
    denied,
    deploy_new_stack,
    run_setup,
    write,
)


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


def test_templates_are_written_as_aws_takes_them(new_stack: NewStack, tmp_path: Path) -> None:
    """AWS refuses a parameter with double braces, which templates and nested objects have."""
    config = {
        "userDefinedPageEventTemplate": 'Viewed {{ category }} {{{ name }}} page \\{{"}}',
        "pageEventName": "{{ event.name || Page }}",
        "connectionMode": {"web": {"a": {"b": {}}}},
    }
    done = run_setup(write(tmp_path, {"token": TOKEN, **config}), "--yes")
    assert (done.exit_code, new_stack.settings()) == (0, config)


def test_new_keys_are_printed_once_with_what_they_are_for(new_stack: NewStack, config: str) -> None:
    """On stdout, and nothing else is there."""
    first, second = run_setup(config, "--yes"), run_setup(config, "--yes")
    stored = new_stack.everything()
    token = stored["webhook-tokens"]["tokens"][0]["token"]
    key = stored["write-keys"]["writeKeys"][0]["writeKey"]
    assert (first.stdout, second.stdout) == (
        f"token privacy (create, read, cancel, see-users): {token}\nwrite key sdk: {key}\n",
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


def test_null_removes_a_credential_in_either_spelling(new_stack: NewStack) -> None:
    """The functions read the Rudder CLI's, too."""
    new_stack.put_secret("delivery-credentials", {"token": TOKEN, "api_secret": "old"})
    new_stack.put_secret("deletion-credentials", {"token": TOKEN, "gdpr_api_token": "old"})
    given = json.dumps({"apiSecret": None, "gdprApiToken": None})
    options = ("--yes", "--set", "people=true", "--credentials", "-")
    done = run_setup(*options, stdin=given)
    assert (
        done.exit_code,
        new_stack.secret("delivery-credentials"),
        new_stack.secret("deletion-credentials"),
    ) == (0, {"token": TOKEN}, {"token": TOKEN})


def test_stored_spelling_of_a_credential_stays(new_stack: NewStack) -> None:
    """Also when its value changes: a second one would be in doubt."""
    new_stack.put_secret("delivery-credentials", {"token": "old", "api_secret": "old"})
    given = json.dumps({"token": TOKEN, "apiSecret": "new"})
    done = run_setup("--yes", "--set", "people=true", "--credentials", "-", stdin=given)
    assert (done.exit_code, new_stack.secret("delivery-credentials")) == (
        0,
        {"token": TOKEN, "api_secret": "new"},
    )


def test_what_else_a_secret_holds_stays(new_stack: NewStack, config: str) -> None:
    """Also when its text is one that no function can use."""
    new_stack.put_secret("delivery-credentials", {"token": TOKEN, "note": "of the team"})
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

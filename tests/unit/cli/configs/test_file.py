"""Files with a destination: JSON, and YAML as the Rudder CLI has it."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel_cli.configs.file import is_yaml, read_content
from rudder_mixpanel_cli.errors import UsageError


def written(folder: Path, name: str, text: str) -> Path:
    """A file with this text."""
    file = folder / name
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("name", "text", "content"),
    [
        ("config.json", '{"people": true}', {"people": True}),
        ("config.json", '\ufeff {"people": true}', {"people": True}),
        ("pipe", '[{"people": true}]', [{"people": True}]),
        ("config.yaml", "people: true", [{"people": True}]),
        ("config.YML", '{"people": true}', [{"people": True}]),
        ("pipe", "people: true\n---\npeople: false", [{"people": True}, {"people": False}]),
    ],
)
def test_format_follows_from_name_and_start(
    tmp_path: Path, name: str, text: str, content: Any
) -> None:
    """A pipe has no name that says what it is."""
    assert read_content(written(tmp_path, name, text)) == content


def test_yaml_is_read_as_the_rudder_cli_reads_it(tmp_path: Path) -> None:
    """By version 1.2, in which `no`, `on` and `1:30` are texts; a date becomes text, as in JSON."""
    text = "a: [no, on, 1:30, 0o17, 2026-01-01, null, 12]"
    [content] = read_content(written(tmp_path, "config.yaml", text))
    assert content == {"a": ["no", "on", "1:30", 15, "2026-01-01", None, 12]}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("config.json", "", "expected JSON; it is not valid at line 1, column 1"),
        ("config.json", '{"token":\n "s3cret', "expected JSON; it is not valid at line 2"),
        ("config.yaml", 'token: "s3cret', "expected YAML; it is not valid at line 1, column 15"),
        (
            "config.yaml",
            "token: !!python/name:s3cret x",
            "expected YAML; it is not valid at line 1",
        ),
        ("config.yaml", "? [s3cret]\n: 1", "expected YAML"),
        ("config.yaml", "a: !!set {s3cret}", "expected YAML with values that JSON has, too"),
        (
            "config.yaml",
            "a: &x s3cret\nb: *x",
            "expected YAML without anchors and aliases; there is",
        ),
        ("config.yaml", "a: &a [*a]", "one at line 1, column 4"),
        ("config.yaml", "token: !!int s3cret", "expected YAML with values that JSON has, too"),
        ("config.yaml", "token: !!float s3cret", "expected YAML with values that JSON has, too"),
        ("config.yaml", "token: !!bool s3cret", "expected YAML with values that JSON has, too"),
        ("config.yaml", "token: !!timestamp s3cret", "expected YAML; it is not valid at line 1"),
        ("config.yaml", "token: 2024-13-45", "expected YAML with values that JSON has, too"),
        ("config.yaml", "x: !!omap [s3cret]", "expected YAML; it is not valid at line 1"),
        ("config.yaml", "[" * 100_000, "expected YAML with at most 50 levels at line 1"),
        ("config.yaml", "[" * 51 + "]" * 51, "expected YAML with at most 50 levels"),
        ("config.json", "[" * 3000 + "]" * 3000, "expected JSON; it is not valid"),
        ("config.yaml", "a: s3cret\n" + "#" * 1_000_000, "expected at most 1 MB"),
        ("config.json", '"s3cret"' + " " * 16_000_000, "expected at most 16 MB"),
        ("config.yaml", "a: \x01s3cret", "expected YAML as UTF-8 text"),
    ],
)
def test_invalid_file_is_named_without_its_content(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    """With the place of the error where there is one."""
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        read_content(written(tmp_path, name, text))
    assert ("s3cret" in str(caught.value), str(tmp_path) in str(caught.value)) == (False, True)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """In one line."""
    with pytest.raises(UsageError, match=r"nowhere\.json: No such file or directory"):
        read_content(tmp_path / "nowhere.json")


@given(st.binary(max_size=40), st.sampled_from(["a.json", "a.yaml", "a"]))
def test_any_content_is_read_or_refused(tmp_path_factory: Any, content: bytes, name: str) -> None:
    """No other error comes out."""
    file = tmp_path_factory.mktemp("any") / name
    file.write_bytes(content)
    try:
        read_content(file)
    except UsageError:
        assert is_yaml(content, file) in {True, False}

"""The address of the user who caused an event."""

from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.message.ip_addresses import first_address, user_address

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SENDER = "192.0.2.10"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.1", "203.0.113.7"),
        ("203.0.113.7,10.0.0.1", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:53708", "203.0.113.7"),
        ("203.0.113.7\n", "203.0.113.7"),
        ("unknown, 203.0.113.7", "203.0.113.7"),
        (", 203.0.113.7", "203.0.113.7"),
        ("[2001:db8::1]:53708", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
    ],
)
def test_address_is_usable(value: str, address: str) -> None:
    """Mixpanel locates a plain address, and none of a list or with a port."""
    assert first_address(value) == address


@pytest.mark.parametrize(
    "value",
    [
        *(None, 7, ["203.0.113.7"], {}, "", "unknown", "localhost", "[]", "[]:1"),
        *("256.1.1.1", "1.2.3", "1.2.3.4.5", "1.2.3.04", "1" * 5000, "x," * 5000),
        "\N{ARABIC-INDIC DIGIT ONE}.2.3.4",
    ],
    ids=lambda value: repr(value)[:30],
)
def test_other_values_are_not_addresses(value: Any) -> None:
    """What Mixpanel cannot locate is not sent as an address."""
    assert first_address(value) is None


@given(st.ip_addresses())
def test_every_address_survives_its_port_and_its_proxies(address: Any) -> None:
    """In each notation that a proxy writes, it is the same address."""
    host = f"[{address}]" if address.version == 6 else str(address)
    spellings = {first_address(text) for text in (str(address), f"{host}:80", f"{host}:80, ::1")}
    mapped = getattr(address, "ipv4_mapped", None)
    assert spellings == {str(mapped or address)}


@given(st.from_regex(r"\d{1,3}(\.\d{1,3}){3}", fullmatch=True))
def test_text_with_four_numbers_is_an_address_or_none(text: str) -> None:
    """The quick test for IPv4 agrees with the standard library."""
    try:
        expected = str(ip_address(text))
    except ValueError:
        expected = None
    assert first_address(text) == expected


@pytest.mark.parametrize(
    ("channel", "context", "address"),
    [
        ("web", {}, SENDER),
        ("mobile", {}, SENDER),
        ("server", {}, None),
        ("sources", {}, None),
        ("server", {"userAgent": BROWSER}, None),
        (None, {}, None),
        (None, {"userAgent": BROWSER}, SENDER),
        ("", {"userAgent": BROWSER}, SENDER),
        (None, {"userAgent": "okhttp/4.12.0"}, None),
        (7, {"userAgent": BROWSER}, None),
        ("server", {"ip": "203.0.113.7"}, "203.0.113.7"),
        ("web", {"ip": "203.0.113.7"}, "203.0.113.7"),
        ("web", {"ip": "unknown"}, SENDER),
    ],
)
def test_senders_address_is_the_users_only_if_the_user_sent_it(
    channel: Any, context: dict[str, Any], address: str | None
) -> None:
    """A server or a webhook's sender is in a data center, where no user is."""
    assert user_address({"channel": channel, "request_ip": SENDER}, context) == address


def test_without_any_address_there_is_none() -> None:
    """An event from a queue has no sender's address."""
    assert user_address({"channel": "web"}, {}) is None

"""The address of the user who caused an event, by which Mixpanel locates them."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

# The channels of libraries that run on the user's own device.
DEVICE_CHANNELS: Final = frozenset({"web", "mobile"})
BROWSERS: Final = ("Mozilla/", "Opera/")
OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
IPV4: Final = re.compile(rf"{OCTET}(?:\.{OCTET}){{3}}", re.ASCII)
# An address with a port, as proxies and gateways write it
WITH_PORT: Final = re.compile(r"\[(?P<v6>[^\]]*)\](?::\d+)?|(?P<v4>[\d.]+):\d+", re.ASCII)
# Addresses read of a list. Real chains of proxies are shorter.
MOST_ADDRESSES: Final = 20
# Longer than any address with its zone and port
LONGEST_ADDRESS: Final = 100


def user_address(message: Mapping[str, Any], context: Mapping[str, Any]) -> str | None:
    """The user's address: `context.ip`, else that of the user's own request; None if unknown.

    `request_ip` is the address of the sender. If that is no browser and no app, it is a server or a
    webhook, in a data center.
    """
    address = first_address(context.get("ip"))
    if address is None and "request_ip" in message and is_sent_by_user(message, context):
        return first_address(message["request_ip"])
    return address


def is_sent_by_user(message: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Whether the user's own device sent the message: by its channel, else by its user agent."""
    channel = message.get("channel")
    if channel is None or channel == "":
        agent = context.get("userAgent")
        return isinstance(agent, str) and agent.startswith(BROWSERS)
    return isinstance(channel, str) and channel in DEVICE_CHANNELS


def first_address(value: Any) -> str | None:
    """The first address in a text or a list of proxies, without port, brackets and zone, or None.

    An IPv4 address in IPv6 notation is returned as IPv4.
    """
    if type(value) is not str:
        return None
    if IPV4.fullmatch(value):
        return value
    parts = value.split(",", MOST_ADDRESSES)[:MOST_ADDRESSES]
    return next(filter(None, map(parse_address, parts)), None)


def parse_address(text: str) -> str | None:
    """An address without port, brackets and zone; None when it is not one."""
    text = text.strip()
    if len(text) > LONGEST_ADDRESS:
        return None
    if match := WITH_PORT.fullmatch(text):
        text = match["v6"] or match["v4"] or ""
    try:
        address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)

"""Edits of what Mixpanel has, each with the differences that a comparison must report, alone."""

import unicodedata
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

from tests.unit.cli.compare.sides import Row

CHANGED = "another value"
REMOVED = "not in Mixpanel"
ADDED = "only in Mixpanel"

type Edit = Callable[[list[Row]], object]
type Found = set[tuple[str, str]]


class Seeded(NamedTuple):
    """An edit; `found` are the unexplained differences, and the counts what is there or is not."""

    edit: Edit
    found: Found
    missing: int = 0
    others: int = 0
    copies: int = 0
    doubled: int = 0


def order(rows: list[Row]) -> dict[str, Any]:
    """The properties of the order."""
    properties: dict[str, Any] = rows[0]["properties"]
    return properties


def put(**values: Any) -> Edit:
    """Set properties of the order."""
    return lambda rows: order(rows).update(values)


def drop(name: str) -> Edit:
    """Remove a property of the order."""
    return lambda rows: order(rows).pop(name)


def rename(old: str, new: str) -> Edit:
    """Rename a property of the order."""
    return lambda rows: order(rows).update({new: order(rows).pop(old)})


def shift(milliseconds: int) -> Edit:
    """Shift the time of the order."""
    return lambda rows: order(rows).update(time=order(rows)["time"] + milliseconds)


def product(**values: Any) -> Edit:
    """Set fields of the order's first product."""
    return lambda rows: order(rows)["products"][0].update(values)


def name(index: int, new: str) -> Edit:
    """Rename an event."""
    return lambda rows: rows[index].update(event=new)


def append(change: Callable[[Row], object], index: int = 0) -> Edit:
    """Add a copy of an event, with a change."""

    def edit(rows: list[Row]) -> None:
        copy = deepcopy(rows[index])
        change(copy)
        rows.append(copy)

    return edit


def also_in(copy: Row, **values: Any) -> None:
    """Set properties of a copy."""
    copy["properties"].update(values)


def of(name_of_property: str, change: str = CHANGED) -> Found:
    """One difference of a property."""
    return {(f"properties.{name_of_property}", change)}


DECOMPOSED = unicodedata.normalize("NFD", "Café crème")
MISSING = Seeded(lambda rows: rows.pop(0), set(), missing=1)

SEEDED: dict[str, Seeded] = {
    "property renamed": Seeded(
        rename("order_id", "orderId"), of("order_id", REMOVED) | of("orderId", ADDED)
    ),
    "case of a property's name": Seeded(
        rename("plan", "Plan"), of("plan", REMOVED) | of("Plan", ADDED)
    ),
    "blank in a property's name": Seeded(
        rename("plan", "plan "), of("plan", REMOVED) | of("plan ", ADDED)
    ),
    "text changed": Seeded(put(order_id="o-2"), of("order_id")),
    "case of a value": Seeded(put(plan="Pro"), of("plan")),
    "trailing blank": Seeded(put(order_id="o-1 "), of("order_id")),
    "text emptied": Seeded(put(order_id=""), of("order_id")),
    "number changed": Seeded(put(total=45.91), of("total")),
    "number rounded": Seeded(put(total=46), of("total")),
    "sign of a number": Seeded(put(items=-3), of("items")),
    "number as text": Seeded(put(items="3"), of("items")),
    "text as number": Seeded(put(**{"$os_version": 10}), of("$os_version")),
    "false as 0": Seeded(put(gift=0), of("gift")),
    "false as text": Seeded(put(gift="false"), of("gift")),
    "false as null": Seeded(put(gift=None), of("gift")),
    "null removed": Seeded(drop("coupon"), of("coupon", REMOVED)),
    "null as text": Seeded(put(coupon="null"), of("coupon")),
    "value as null": Seeded(put(order_id=None), of("order_id")),
    "null added": Seeded(put(extra=None), of("extra", ADDED)),
    "property removed": Seeded(drop("items"), of("items", REMOVED)),
    "property added": Seeded(put(extra=1), of("extra", ADDED)),
    "property of Mixpanel's form added": Seeded(put(**{"$extra": 1}), of("$extra", ADDED)),
    "nested value changed": Seeded(product(price=6), of("products[].price")),
    "nested value removed": Seeded(
        lambda rows: order(rows)["products"][1].pop("sku"), of("products[].sku", REMOVED)
    ),
    "nested value added": Seeded(product(color="red"), of("products[].color", ADDED)),
    "deeply nested value changed": Seeded(
        lambda rows: order(rows)["shipping"]["address"].update(city="Bergen"),
        of("shipping.address.city"),
    ),
    "object as text": Seeded(put(shipping="[object Object]"), of("shipping")),
    "order of a list": Seeded(put(tags=["sale", "new", "new"]), of("tags[]")),
    "element removed": Seeded(put(tags=["new", "sale"]), of("tags")),
    "element added": Seeded(put(tags=["new", "sale", "new", "x"]), of("tags")),
    "list as text": Seeded(put(tags="new,sale,new"), of("tags")),
    "Unicode normal form": Seeded(put(note=DECOMPOSED), of("note")),
    "wrong encoding": Seeded(put(note="CafÃ© crÃ¨me"), of("note")),
    "text cut too early": Seeded(put(note="Café"), of("note")),
    "event renamed": Seeded(name(0, "Order Paid"), {("event", CHANGED)}),
    "case of the event's name": Seeded(name(0, "order completed"), {("event", CHANGED)}),
    "trailing blank of the event's name": Seeded(name(0, "Order Completed "), {("event", CHANGED)}),
    "name of a page": Seeded(name(1, "Viewed a Page"), {("event", CHANGED)}),
    "name of a screen": Seeded(name(2, "Loaded a screen"), {("event", CHANGED)}),
    "time later by a millisecond": Seeded(shift(1), of("time")),
    "time later by an hour": Seeded(shift(3_600_000), of("time")),
    "time earlier by a day": Seeded(shift(-86_400_000), of("time")),
    "time in seconds": Seeded(put(time=1_798_718_398), of("time")),
    "time cut to seconds": Seeded(put(time=1_798_718_398_000), of("time")),
    "time as text": Seeded(put(time="2026-12-31T11:59:58.123Z"), of("time")),
    "distinct_id changed": Seeded(put(distinct_id="u-8"), of("distinct_id")),
    "distinct_id of the device": Seeded(put(distinct_id="d-7"), of("distinct_id")),
    "$insert_id changed": Seeded(put(**{"$insert_id": "another"}), of("$insert_id")),
    "$insert_id removed": Seeded(drop("$insert_id"), of("$insert_id", REMOVED)),
    "$user_id changed": Seeded(put(**{"$user_id": "d-7"}), of("$user_id")),
    "$user_id missing": Seeded(drop("$user_id"), of("$user_id", REMOVED)),
    "utm parameter changed": Seeded(put(utm_source="sms"), of("utm_source")),
    "utm parameter missing": Seeded(drop("utm_campaign"), of("utm_campaign", REMOVED)),
    "campaign's id changed": Seeded(put(campaign_id="autumn"), of("campaign_id")),
    "browser changed": Seeded(put(**{"$browser": "Safari"}), of("$browser")),
    "browser's version cut": Seeded(put(**{"$browser_version": "120"}), of("$browser_version")),
    "browser missing": Seeded(drop("$browser"), of("$browser", REMOVED)),
    "operating system changed": Seeded(put(**{"$os": "Mac OS X"}), of("$os")),
    "screen's size as text": Seeded(put(**{"$screen_width": "1920"}), of("$screen_width")),
    "screen's sides swapped": Seeded(
        put(**{"$screen_width": 1080, "$screen_height": 1920}),
        of("$screen_width") | of("$screen_height"),
    ),
    "session as number": Seeded(put(**{"$session_id": 1_798_700_000}), of("$session_id")),
    "group key changed": Seeded(put(company="other"), of("company")),
    "group key as list": Seeded(put(company=["acme"]), of("company")),
    "group key missing": Seeded(drop("company"), of("company", REMOVED)),
    "url changed": Seeded(put(**{"$current_url": "https://example.com"}), of("$current_url")),
    "event missing": MISSING,
    "event added": Seeded(
        append(lambda copy: also_in(copy, **{"$insert_id": "new", "time": 1_798_718_000_000})),
        set(),
        others=1,
    ),
    "event doubled": Seeded(append(lambda _copy: None), set(), copies=1),
    "event doubled at another time": Seeded(
        append(lambda copy: also_in(copy, time=1_798_718_000_000)), set(), doubled=1
    ),
    "event doubled under another name": Seeded(
        append(lambda copy: copy.update(event="Order")), set(), doubled=1
    ),
    "values of two events swapped": Seeded(
        lambda rows: (
            rows[1]["properties"].update(title="Main"),
            rows[2]["properties"].update(automatic=False),
        ),
        of("title") | of("automatic"),
    ),
}

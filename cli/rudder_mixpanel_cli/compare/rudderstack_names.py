"""The names that RudderStack's code gives to page and screen events."""

import re
from collections.abc import Mapping
from typing import Any, Final

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.message.values import as_object, js_text

NAMES: Final = {"page": "Loaded a Page", "screen": "Loaded a Screen"}
# What JavaScript replaces in the replacement of a pattern
PATTERN: Final = re.compile(r"\$([$&`'])")
# Mixpanel keeps 255 characters of a name. A text of placeholders, filled with another one, would be
# the product of both.
LONGEST: Final = 1024


def view_name_of_rudderstack(message: Mapping[str, Any], destination: Destination) -> str:
    """The name of a page or screen: that of the template, which only the root's `name` fills."""
    is_page = message.get("type") == "page"
    template = destination.page_event_template if is_page else destination.screen_event_template
    if template is None:
        return NAMES["page" if is_page else "screen"]
    category = as_object(message.get("properties")).get("category")
    filled = fill_placeholder(template, "category", category)
    return fill_placeholder(filled, "name", message.get("name"))


def fill_placeholder(template: str, key: str, value: Any) -> str:
    """Fill in a value as JavaScript does; a missing one is removed with the blanks around it."""
    placeholder = rf"\{{\{{\s*{key}\s*\}}\}}"
    if value is None:
        return re.sub(rf"\s{placeholder}\s", " ", template)
    text = js_text(value)[:LONGEST]
    return re.sub(placeholder, lambda match: expanded(text, match), template)[:LONGEST]


def expanded(text: str, match: re.Match[str]) -> str:
    """A replacement with its patterns filled in."""
    parts = {
        "$": "$",
        "&": match[0],
        "`": match.string[: match.start()],
        "'": match.string[match.end() :],
    }
    return PATTERN.sub(lambda pattern: parts[pattern[1]], text)

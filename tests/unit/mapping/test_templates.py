"""Names of pages and screens are filled into a template."""

from typing import Any

import pytest

from rudder_mixpanel.mapping.page_and_screen import fill_template

VIEWED = "Viewed {{ category }} {{ name }} page"


@pytest.mark.parametrize(
    ("template", "category", "name", "filled"),
    [
        (VIEWED, "Index", "Home", "Viewed Index Home page"),
        (VIEWED, None, "Home", "Viewed Home page"),
        (VIEWED, "Index", None, "Viewed Index page"),
        (VIEWED, None, None, "Viewed page"),
        (VIEWED, "", "", "Viewed   page"),
        (VIEWED, 0, False, "Viewed 0 false page"),
        (VIEWED, ["a", "b"], {}, "Viewed a,b [object Object] page"),
        ("{{name}} page", None, None, "{{name}} page"),
        ("page {{name}}", None, None, "page {{name}}"),
        ("{{name}} and {{  name\t}}", None, "Home", "Home and Home"),
        ("a {{ category }} {{ category }} b", None, None, "a {{ category }} b"),
        ("a {{ category }}  {{ category }} b", None, None, "a  b"),
        ("a\t{{ name }}\nb", None, None, "a b"),
        (" {{ name }} ", None, "Home", " Home "),
        ("{{ other }} {{ Name }}", "Index", "Home", "{{ other }} {{ Name }}"),
        (VIEWED, "A {{ name }}", "Home", "Viewed A {{ name }} Home page"),
        (
            VIEWED,
            "Index",
            "{{ category }} {{ name }}",
            "Viewed Index {{ category }} {{ name }} page",
        ),
        ("{{ name }}", None, r"$& $$ $1 \1 \g<0> \n", r"$& $$ $1 \1 \g<0> \n"),
    ],
)
def test_template_is_filled(template: str, category: Any, name: Any, filled: str) -> None:
    """Values are inserted unchanged; a missing one is removed with the whitespace around it."""
    assert fill_template(template, {"category": category, "name": name}) == filled

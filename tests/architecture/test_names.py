"""One name means one thing."""

from collections import defaultdict

from tests.architecture.source import modules, public_names

# Names that several modules define with one meaning, each with the reason.
SHARED: dict[str, str] = {}


def test_no_public_name_has_two_meanings() -> None:
    """No class, function or type alias of the package is called like another one."""
    homes: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules("rudder_mixpanel"):
        for name in public_names(module):
            homes[name].append(module.name)
    shared = {name: module_names for name, module_names in homes.items() if len(module_names) > 1}
    assert (shared.keys() - SHARED.keys(), SHARED.keys() - shared.keys()) == (set(), set()), shared

"""The tables of scopes: what each allows, and which one each route needs."""

from docs.printing.markdown import code, table
from rudder_mixpanel.regulations.scopes import REGULATION_ROUTES, Scope


def print_scopes() -> str:
    """Print what each scope allows, with the routes that need it."""
    rows = ((code(scope), scope.explanation, routes_of(scope)) for scope in Scope)
    return table(("scope", "what it allows", "requests"), rows)


def routes_of(scope: Scope | None) -> str:
    """List the routes that need a scope; none of them needs another."""
    routes = (route for route in REGULATION_ROUTES if route.scope is scope)
    return "<br>".join(code(f"{route.method} {shown(route.path)}") for route in routes)


def shown(path: str) -> str:
    """A path as the documentation writes it."""
    return path.replace("<regulation>", "{id}")

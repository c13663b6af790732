"""A docstring promises what a function does, and what it raises."""

import ast
from collections.abc import Iterator

from tests.architecture.source import functions, modules

# Functions whose docstring does not name what they raise, each with the reason.
SILENT = {
    "rudder_mixpanel.destination.__getattr__": "Python defines what a module's __getattr__ raises",
}


def raising(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function raises something new itself, outside of functions that it defines."""
    return any(isinstance(node, ast.Raise) and node.exc for node in own_nodes(function))


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from own_nodes(child)


def test_functions_that_raise_say_so() -> None:
    """Whoever calls one need not read it to know."""
    silent = {
        f"{module.name}.{function.name}"
        for module in modules("rudder_mixpanel")
        for function in functions(module)
        if raising(function) and "raise" not in (ast.get_docstring(function) or "").lower()
    }
    assert silent == SILENT.keys()

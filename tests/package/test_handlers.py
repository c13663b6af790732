"""What `sam build` made, in a Python that has only what Lambda has."""

import subprocess
from pathlib import Path

from tests.fakes.execution_environment import isolated, runtime_folder
from tests.package.conftest import LAYER_SOURCE, Built


def test_every_handler_imports_with_what_was_built(built: Built, tmp_path: Path) -> None:
    """Function, layer and runtime together hold every module that a handler imports."""
    runtime = runtime_folder(tmp_path / "runtime")
    failures = {
        name: said
        for name, (folder, handler) in built.functions().items()
        if (said := complaint(look_up(handler), [folder, built.layer / "python", runtime]))
    }
    assert (failures, "DeliverEventsFunction" in built.functions()) == ({}, True)


def test_whole_package_imports_with_what_was_built(built: Built, tmp_path: Path) -> None:
    """No module of the package needs what neither the layer nor Lambda's runtime holds."""
    runtime = runtime_folder(tmp_path / "runtime")
    names = [
        ".".join(module.relative_to(LAYER_SOURCE).with_suffix("").parts).removesuffix(".__init__")
        for module in sorted((LAYER_SOURCE / "rudder_mixpanel").rglob("*.py"))
    ]
    imports = "import " + ", ".join(names)
    assert complaint(imports, [built.layer / "python", runtime]) == ""


def look_up(handler: str) -> str:
    """The code that imports a handler's module and looks the handler up, as Lambda does."""
    module, _, name = handler.rpartition(".")
    return f"import importlib; getattr(importlib.import_module({module!r}), {name!r})"


def complaint(code: str, search: list[Path]) -> str:
    """What Python has against this code when it finds modules only in these folders."""
    finished = subprocess.run(  # noqa: S603  the command is ours
        isolated(code, search), env={}, stderr=subprocess.PIPE, text=True, check=False
    )
    return finished.stderr

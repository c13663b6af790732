"""What `sam build` made, in a Python with Lambda's modules only."""

import subprocess
from pathlib import Path

from tests.fakes.execution_environment import isolated, runtime_folder
from tests.package.conftest import LAYER_SOURCE, Built


def test_every_handler_can_be_imported(built: Built, tmp_path: Path) -> None:
    """Function, layer and runtime have every module that a handler imports."""
    runtime = runtime_folder(tmp_path / "runtime")
    failures = {
        name: error
        for name, (folder, handler) in built.functions().items()
        if (error := import_error(import_code(handler), [folder, built.layer / "python", runtime]))
    }
    assert (failures, "DeliverEventsFunction" in built.functions()) == ({}, True)


def test_every_module_of_the_package_can_be_imported(built: Built, tmp_path: Path) -> None:
    """From the layer and the runtime."""
    runtime = runtime_folder(tmp_path / "runtime")
    names = [
        ".".join(module.relative_to(LAYER_SOURCE).with_suffix("").parts).removesuffix(".__init__")
        for module in sorted((LAYER_SOURCE / "rudder_mixpanel").rglob("*.py"))
    ]
    imports = "import " + ", ".join(names)
    assert import_error(imports, [built.layer / "python", runtime]) == ""


def import_code(handler: str) -> str:
    """The code that imports a handler as Lambda does."""
    module, _, name = handler.rpartition(".")
    return f"import importlib; getattr(importlib.import_module({module!r}), {name!r})"


def import_error(code: str, search: list[Path]) -> str:
    """What Python prints on its standard error when it runs this code with these folders."""
    finished = subprocess.run(  # noqa: S603  the command is ours
        isolated(code, search), env={}, stderr=subprocess.PIPE, text=True, check=False
    )
    return finished.stderr

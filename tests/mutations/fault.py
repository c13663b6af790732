"""A fault: one change of one file of the package, or of the template, that breaks a promise."""

from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Final

PROJECT: Final = Path(__file__).parents[2]
ANY: Final = "anything"
PACKAGE: Final = PROJECT / "layers/rudder_mixpanel/rudder_mixpanel"
TEMPLATE: Final = "template.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A change that breaks the promise `name`.

    `text` occurs once in `file`, a path in the package, or TEMPLATE. `tests` are those that must
    notice, as pytest names them. With `broken`, the interleavings must notice as well, and say that
    this is broken: one of the invariants that they check, or any with ANY.
    """

    name: str
    file: str
    text: str
    replacement: str
    tests: tuple[str, ...]
    broken: str = ""

    def applied(self) -> str:
        """The file with the fault. Raises ValueError when the text does not occur once."""
        source = ((PROJECT if self.file == TEMPLATE else PACKAGE) / self.file).read_text()
        if source.count(self.text) != 1:
            raise ValueError(f"{self.name}: the text does not occur once in {self.file}")
        return source.replace(self.text, self.replacement)


def copy_package(folder: Path, fault: Fault | None) -> None:
    """Copy the package into a folder, with a fault."""
    copy = folder / PACKAGE.name
    copytree(PACKAGE, copy, ignore=ignore_patterns("__pycache__"))
    if fault is not None:
        (folder if fault.file == TEMPLATE else copy).joinpath(fault.file).write_text(
            fault.applied()
        )

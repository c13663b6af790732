"""The three distributions: their wheels, and a fresh environment with each."""

import ast
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.package.conftest import ROOT, run

UV = str(ROOT / ".venv" / "bin" / "uv")


@dataclass(frozen=True, slots=True)
class Distribution:
    """A member of the workspace, and what it is built from."""

    name: str
    folder: str
    package: str
    # Imported, and not declared: part of a declared library, or of where the package runs.
    undeclared: frozenset[str] = frozenset()
    # Members that it needs beside itself.
    members: tuple[str, ...] = ()


DISTRIBUTIONS = (
    Distribution(
        "rudder-mixpanel",
        "layers/rudder_mixpanel",
        "rudder_mixpanel",
        # Lambda's runtime has boto3 and botocore; httpx brings httpcore.
        frozenset({"boto3", "botocore", "httpcore"}),
    ),
    Distribution(
        "rudder-mixpanel-cli",
        "cli",
        "rudder_mixpanel_cli",
        frozenset({"botocore"}),  # boto3 brings it
        ("rudder-mixpanel",),
    ),
    # Its pytest plugin is imported by pytest.
    Distribution("mixpanel-emulator", "emulator", "mixpanel_emulator", frozenset({"pytest"})),
)


@dataclass(frozen=True, slots=True)
class Wheel:
    """A built wheel."""

    path: Path

    def top_level_names(self) -> set[str]:
        """Return the names that it adds to site-packages."""
        return {name.partition("/")[0] for name in self.names()}

    def names(self) -> list[str]:
        """Return the paths of its files."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.namelist()

    def modules(self) -> Iterator[str]:
        """Yield the source of its modules."""
        with zipfile.ZipFile(self.path) as archive:
            for name in archive.namelist():
                if name.endswith(".py"):
                    yield archive.read(name).decode()

    def information(self, name: str) -> str:
        """Return the text of a file in its .dist-info folder."""
        with zipfile.ZipFile(self.path) as archive:
            (path,) = (path for path in archive.namelist() if path.endswith(f".dist-info/{name}"))
            return archive.read(path).decode()

    def metadata(self) -> Message:
        """Return its METADATA."""
        (name,) = [name for name in self.names() if name.endswith(".dist-info/METADATA")]
        with zipfile.ZipFile(self.path) as archive:
            return message_from_bytes(archive.read(name))

    def requirements(self) -> set[str]:
        """Return the names of the distributions that it requires."""
        required = self.metadata().get_all("Requires-Dist", [])
        return {re.split(r"[^\w.-]", line)[0] for line in required}

    def imports(self) -> set[str]:
        """Return the names of the distributions that its modules import at run time."""
        modules = set().union(*map(imported_modules, self.modules()))
        distributions = packages_distributions()
        return {
            re.sub(r"[-_.]+", "-", distributions.get(name, [name])[0])
            for name in modules - sys.stdlib_module_names
        }


def imported_modules(source: str) -> set[str]:
    """Return the top-level modules that a module imports, except for type checkers only."""
    tree = ast.parse(source)
    return {
        alias.partition(".")[0]
        for node in set(ast.walk(tree)) - set(nodes_for_type_checkers(tree))
        for alias in imported_by(node)
    }


def nodes_for_type_checkers(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node below `if TYPE_CHECKING:`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from ast.walk(node)


def imported_by(node: ast.AST) -> list[str]:
    """Return the modules that an import statement names."""
    match node:
        case ast.Import(names):
            return [alias.name for alias in names]
        case ast.ImportFrom(str(module), _, 0):
            return [module]
        case _:
            return []


def build_wheels(folder: Path) -> None:
    """Build the wheel of every distribution, without a network."""
    for distribution in DISTRIBUTIONS:
        options = ["--wheel", "--offline", "--no-build-isolation", "--no-create-gitignore"]
        python = ["--python", sys.executable, "--out-dir", str(folder)]
        run([UV, "build", *options, *python, str(ROOT / distribution.folder)], ROOT)


def wheel_of(name: str, folder: Path) -> Wheel:
    """Return the wheel of a distribution in a folder."""
    (path,) = folder.glob(f"{name.replace('-', '_')}-[0-9]*.whl")
    return Wheel(path)


def install(distribution: Distribution, wheels: Path, environment: Path) -> None:
    """Install a distribution with the locked libraries into a fresh environment, offline.

    The lock names the files of the libraries, which are in uv's cache. Their names alone would need
    the index, of which a fresh machine has nothing.
    """
    python = ["--python", str(environment / "bin" / "python")]
    names = (*distribution.members, distribution.name)
    run([UV, "venv", "--offline", "--python", sys.executable, str(environment)], ROOT)
    locked = ["--frozen", "--offline", "--package", distribution.name]
    only_libraries = ["--no-dev", "--no-install-workspace"]
    run([UV, "sync", *locked, *only_libraries], ROOT, UV_PROJECT_ENVIRONMENT=str(environment))
    paths = [str(wheel_of(name, wheels).path) for name in names]
    run([UV, "pip", "install", "--offline", *python, *paths], ROOT)


def output_of(environment: Path, *command: str, stdin: str = "") -> str:
    """Run a command of an environment, outside the project; return what it prints."""
    done = subprocess.run(  # noqa: S603 - our own
        [str(environment / "bin" / command[0]), *command[1:]],
        cwd=environment,
        env={"PATH": os.defpath, "HOME": str(environment)},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout

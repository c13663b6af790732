"""Links in Markdown: every relative link, anchor and file path leads to something."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "layers" / "rudder_mixpanel" / "rudder_mixpanel"
PAGES = sorted(
    page
    for pattern in ("*.md", ".github/**/*.md", "docs/**/*.md", "emulator/*.md", "cli/*.md")
    for page in ROOT.glob(pattern)
)
FENCED = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
SPELLED_PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)+/?)`")
# The first part of a path that the prose means from the root of the repository.
FOLDERS = (
    *("benchmarks", "cli", "docs", "emulator", "events", "functions", "layers"),
    *("sandbox", "tests", "tools"),
)


def prose(page: Path) -> str:
    """A page without code blocks and comments."""
    return COMMENT.sub("", FENCED.sub("", page.read_text()))


def links(page: Path) -> Iterator[str]:
    """The relative links and images of a page."""
    for link, image in LINK.findall(prose(page)):
        target = link or image
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    counts: dict[str, int] = {}
    names = set()
    for heading in HEADING.findall(prose(page)):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = counts[slug] = counts.get(slug, -1) + 1
        names.add(f"{slug}-{count}" if count else slug)
    return names


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a link's file exists and has its anchor."""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def base(path: str) -> Path | None:
    """The folder from which a path is meant; None when it is not a path of this repository."""
    first = path.split("/", maxsplit=1)[0]
    if first in FOLDERS:
        return ROOT
    return PACKAGE if path.endswith(".py") and (PACKAGE / first).is_dir() else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link names a file, and each anchor one of its headings."""
    assert [link for link in links(page) if not leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_in_the_prose_exist(page: Path) -> None:
    """A path in backticks exists in the repository or in the package."""
    paths = [(base(path), path) for path in SPELLED_PATH.findall(prose(page))]
    assert [path for folder, path in paths if folder and not (folder / path).exists()] == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    """A missing file, a missing anchor and a missing image are each reported."""
    page = tmp_path / "page.md"
    page.write_text(
        '# Title\n[a](missing.md) [b](#title) [c](#nowhere) <img src="gone.png">\n'
        "```\n[d](example.md)\n```\n[e](https://example.com)\n"
    )
    broken = [link for link in links(page) if not leads_somewhere(page, link)]
    assert broken == ["missing.md", "#nowhere", "gone.png"]


def test_anchors_are_spelled_as_github_does(tmp_path: Path) -> None:
    """Punctuation goes, blanks become hyphens, and a repeated heading gets a number."""
    page = tmp_path / "page.md"
    page.write_text("# 1. Deploy the stack\n## What's `new`?\n## Rows\n## Rows\n")
    assert anchors(page) == {"1-deploy-the-stack", "whats-new", "rows", "rows-1"}


def test_paths_are_meant_from_the_root_or_the_package() -> None:
    """The package's folders are known as well; what names no folder here is not a path."""
    paths = ("tests/build.py", "delivery/deliver.py", "rudder_mixpanel/__init__.py", "/v1/track")
    assert [base(path) for path in paths] == [ROOT, PACKAGE, None, None]

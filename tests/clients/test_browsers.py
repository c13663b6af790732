"""The names and versions of browsers, compared with those of the parser that RudderStack uses."""

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from rudder_mixpanel.mapping.browser import PATTERNS, browser_properties

HERE = Path(__file__).parent
LINES = (HERE / "user_agents.txt").read_text().splitlines()
USER_AGENTS = [line for line in LINES if not line.startswith("#")]
WORDS = [word for word, _ in PATTERNS]

type Mutation = Callable[[random.Random, str], str]

# Line ends, whitespace and letters that JavaScript and Python treat differently
ODD_CHARACTERS = "\n\r\x85\u2028\xa0\xdf\u017f\u212a1_\U0001f600\ud800"
# Each changes what patterns look at: the order, the ends, the case, the alphabet or the length.
MUTATIONS: list[Mutation] = [
    lambda choose, text: text[: choose.randrange(len(text) + 1)],
    lambda choose, text: text[choose.randrange(len(text) + 1) :],
    lambda choose, text: choose.choice([text.upper(), text.lower(), text.swapcase()]),
    lambda choose, text: " ".join(choose.sample(text.split(), len(text.split()))),
    lambda choose, text: text.replace(choose.choice("/ .;()"), choose.choice("/ .-_,"), 2),
    lambda choose, text: inserted(choose, text, choose.choice(WORDS)),
    lambda choose, text: inserted(choose, text, f" {choose.choice(WORDS)}/{choose.random()}"),
    lambda choose, text: inserted(choose, text, choose.choice(ODD_CHARACTERS)),
    lambda choose, text: inserted(choose, text, choose.choice(USER_AGENTS)),
    lambda choose, text: choose.choice(" \t\ufeff\x1c") + text.ljust(choose.randint(480, 520), "x"),
    lambda choose, text: inserted(
        choose, text, choose.choice("x\U0001f600") * choose.randint(240, 480)
    ),
]


def inserted(choose: random.Random, text: str, other: str) -> str:
    """The text with another somewhere in it."""
    place = choose.randrange(len(text) + 1)
    return text[:place] + other + text[place:]


def mutated(choose: random.Random) -> Iterator[str]:
    """User agents of the file with one to three changes each, without end."""
    while True:
        text = choose.choice(USER_AGENTS)
        for mutate in choose.choices(MUTATIONS, k=choose.randint(1, 3)):
            text = mutate(choose, text)
        yield text


def browsers_of_the_parser(user_agents: list[str]) -> list[dict[str, str]]:
    """What ua-parser-js finds in each user agent."""
    completed = subprocess.run(
        ["node", "browsers.mjs"],  # noqa: S607 - the one on the path
        input=json.dumps(user_agents),
        cwd=HERE,
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
    )
    found: list[dict[str, str]] = json.loads(completed.stdout)
    return found


def of_the_web(user_agent: str) -> dict[str, Any]:
    """The fields of an event from a page."""
    return {"channel": "web", "context": {"userAgent": user_agent}}


@pytest.mark.skipif(
    shutil.which("node") is None or not (HERE / "node_modules" / "ua-parser-js").is_dir(),
    reason="BROWSERS ARE NOT COMPARED: install Node, run `npm ci` in tests/clients",
)
def test_browsers_are_those_of_the_parser() -> None:
    """Each user agent of the file, and 20,000 mutations, give ua-parser-js's name and version."""
    user_agents = USER_AGENTS + list(islice(mutated(random.Random(15)), 20_000))  # noqa: S311
    pairs = zip(user_agents, browsers_of_the_parser(user_agents), strict=True)
    differing = {
        text: (here, there)
        for text, there in pairs
        if (here := browser_properties(of_the_web(text))) != there
    }
    assert differing == {}


def test_file_has_each_browser() -> None:
    """Each pattern of the table finds a user agent of the file by each of its words."""
    texts = [text.lower() for text in USER_AGENTS]
    missing = [
        word
        for word, browser in PATTERNS
        if not any(word in text and browser.search(text, text) for text in texts)
    ]
    assert missing == []

"""Items in portions that fit one call together, by count and by bytes."""

from collections.abc import Callable, Iterable, Iterator


def portions[Item](
    items: Iterable[Item], weigh: Callable[[Item], int], *, most: int, most_bytes: int
) -> Iterator[list[Item]]:
    """All of them, in order; one that is too heavy has a portion of its own."""
    portion: list[Item] = []
    size = 0
    for item in items:
        weight = weigh(item)
        if portion and (len(portion) == most or size + weight > most_bytes):
            yield portion
            portion, size = [], 0
        portion.append(item)
        size += weight
    if portion:
        yield portion

"""The number of a source, as it stands in what is read."""

from app import strings
from app.safe import to_html


def mark_html(number: int, turn: int | None) -> str:
    """Return a mark; of a `turn` that is kept, a button that opens the source's page."""
    if turn is None:
        return f'<span class="lr-mark">{number}</span>'
    label = to_html(strings.open_source(number))
    told = f'data-cite="{turn}-{number}" aria-label="{label}"'
    return f'<button type="button" class="lr-mark" {told}>{number}</button>'

"""A list of everything of a kind, as a table: each item with the places and words it stands on."""

from typing import Final

from agent import Answer
from app import strings
from app.safe import to_html
from app.turn import Source
from app.widgets.mark import mark_html

_QUOTE_CHARACTERS: Final = 200


def table_html(answer: Answer, sources: tuple[Source, ...], turn: int | None) -> str:
    """Return the items of an answer; of a `turn` that is kept, with a link to them as CSV."""
    by_mark = {source.citation.n: source for source in sources}
    rows = "".join(
        f'<tr><td>{number}</td><td dir="auto">{to_html(item.label)}</td><td>'
        + "".join(_place_html(by_mark[n], turn) for n in item.marks if n in by_mark)
        + "</td></tr>"
        for number, item in enumerate(answer.items, start=1)
    )
    count = to_html(answer.text.partition("\n")[0].rstrip(":"))
    head = f"<th>#</th><th>{strings.ITEM}</th><th>{strings.WHERE}</th>"
    link = "" if turn is None else save_html(f"export/{turn}.csv", strings.SAVE_TABLE)
    return (
        f'<p class="lr-count">{count}</p><div class="lr-table" tabindex="0" role="region" '
        f'aria-label="{count}"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        f"</div>{link}"
    )


def save_html(address: str, label: str) -> str:
    """Return a link to a file that our own routes give to its owner alone."""
    return f'<p class="lr-facts"><a href="{address}" download>{to_html(label)}</a></p>'


def _place_html(source: Source, turn: int | None) -> str:
    citation = source.citation
    words = " ".join(citation.quote.split())
    cut = words if len(words) <= _QUOTE_CHARACTERS else f"{words[:_QUOTE_CHARACTERS]} …"
    place = to_html(f"{citation.name}, {strings.place(citation.page, citation.label)}")
    return (
        f'<div class="lr-row">{mark_html(citation.n, turn)} <span class="lr-around">{place}</span> '
        f'<q dir="auto">{to_html(cut)}</q></div>'
    )

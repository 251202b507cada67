"""Questions to begin with come from the longest sections that say what they are about."""

from dataclasses import replace

from agent import Library
from agent.document import Heading
from app.suggest import suggested
from tests.make import make_document


def questions(tmp_path, *sections):
    """Return what is suggested for a document of sections: level, title, sentences."""
    text, headings = "", []
    for level, title, sentences in sections:
        headings.append(Heading(level, title, len(text)))
        text += f"{title}\n" + "It rained that day.\n" * sentences
    library = Library(tmp_path)
    document = replace(make_document(text), headings=tuple(headings))
    library.keep(document)
    return list(suggested(library, document.id))


def test_the_longest_sections_are_asked_about_in_reading_order(tmp_path):
    assert questions(
        tmp_path,
        (1, "Contents of this book", 90),
        (1, "2. The repair of Whimbrel", 30),
        (1, "Money", 80),
        (2, "Wages and pensions", 20),
        (3, "A detail of no weight", 70),
        (1, "IV) The new harbour", 40),
        (1, "Small thanks to all", 1),
        (1, "Book First", 99),
        (1, "Chapter XII", 99),
    ) == [
        "What is said about “The repair of Whimbrel”?",
        "What is said about “Wages and pensions”?",
        "What is said about “The new harbour”?",
    ]


def test_titles_without_spaces_count_in_scripts_that_have_none(tmp_path):
    assert questions(tmp_path, (1, "大观园的建造", 5), (1, "目录", 50)) == [
        "What is said about “大观园的建造”?"
    ]


def test_without_an_outline_nothing_is_suggested(tmp_path):
    library = Library(tmp_path)
    document = make_document("It rained.\n")
    library.keep(document)
    assert suggested(library, document.id) == ()

"""Where sentences begin and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sentence import split_sentences


def split(text, headings=()):
    return [text[start:end].strip() for start, end in split_sentences(text, headings)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One came. Two went.", ["One came.", "Two went."]),
        (
            "“Why?” he asked. “No reason.” She left.",
            ["“Why?” he asked.", "“No reason.”", "She left."],
        ),
        (
            "Dr. Bell met Mr. J. R. Smith. They spoke.",
            ["Dr. Bell met Mr. J. R. Smith.", "They spoke."],
        ),
        (
            "It cost 3.5 million. See Fig. 3 and No. 7.",
            ["It cost 3.5 million.", "See Fig. 3 and No. 7."],
        ),
        ("Well… he thought. Then he went!", ["Well… he thought.", "Then he went!"]),
        ("他来了。她走了！真的？", ["他来了。", "她走了！", "真的？"]),
        ("यह पहला है। यह दूसरा है।", ["यह पहला है।", "यह दूसरा है।"]),
        ("ይህ አንድ ነው። ይህ ሁለት ነው።", ["ይህ አንድ ነው።", "ይህ ሁለት ነው።"]),
        ("No mark at the end\n\nA new paragraph", ["No mark at the end", "A new paragraph"]),
        ("- first item\n- second item", ["- first item", "- second item"]),
        ("It cost\n3.5 million.", ["It cost\n3.5 million."]),
        ("4.1 What failed\n4.2 What we changed", ["4.1 What failed", "4.2 What we changed"]),
        ("So did I. He knew.", ["So did I.", "He knew."]),
        ("لماذا؟ لا أعرف. د. أحمد هنا.", ["لماذا؟", "لا أعرف.", "د. أحمد هنا."]),
        ("یہ پہلا ہے۔ یہ دوسرا ہے۔", ["یہ پہلا ہے۔", "یہ دوسرا ہے۔"]),
        ("এটি প্রথম। এটি দ্বিতীয়।", ["এটি প্রথম।", "এটি দ্বিতীয়।"]),
        ("ဒါက ပထမ၊ နောက်တစ်ခု။ ပြီးပြီ။", ["ဒါက ပထမ၊ နောက်တစ်ခု။", "ပြီးပြီ။"]),
        ("នេះជាទីមួយ។ ផ្លែឈើ ។ល។ និងទីពីរ៕", ["នេះជាទីមួយ។", "ផ្លែឈើ ។ល។ និងទីពីរ៕"]),
        ("「行くの？」と聞いた。行く。", ["「行くの？」", "と聞いた。", "行く。"]),
        ("그는 왔다. 그녀는 갔다!", ["그는 왔다.", "그녀는 갔다!"]),
        (
            "Am 3. Oktober 1990 z. B. war es kalt. Ja.",
            ["Am 3. Oktober 1990 z. B. war es kalt.", "Ja."],
        ),
        ("Siehe Kapitel 3. Danach kam Nr. 7.", ["Siehe Kapitel 3.", "Danach kam Nr. 7."]),
        ("El Sr. Díaz vive en EE.UU. Él volvió.", ["El Sr. Díaz vive en EE.UU. Él volvió."]),
        ("См. рис. Петрова. Тыс. человек пришли.", ["См. рис. Петрова.", "Тыс. человек пришли."]),
        ("Il sig. Rossi, ecc. Poi partì.", ["Il sig. Rossi, ecc.", "Poi partì."]),
    ],
)
def test_sentences_end_where_a_reader_would_pause(text, expected):
    assert split(text) == expected


CLAUSE = "คนทุกคนมีสิทธิในการดำรงชีวิตและความมั่นคงแห่งตัวตนอย่างเท่าเทียมกันในโลกนี้"


def test_thai_ends_at_spaces_between_clauses_that_are_long_enough():
    assert split(f"{CLAUSE} {CLAUSE}") == [CLAUSE, CLAUSE]
    assert split(f"{CLAUSE} สั้น") == [f"{CLAUSE} สั้น"]
    assert split(f"{CLAUSE}ต่าง ๆ {CLAUSE}") == [f"{CLAUSE}ต่าง ๆ {CLAUSE}"]
    assert split(f"{CLAUSE} 25 {CLAUSE}") == [f"{CLAUSE} 25 {CLAUSE}"]


def test_a_wrapped_line_does_not_end_a_sentence():
    text = (
        "The committee met in the long room above the harbour and\n"
        "Anna Marsh read the figures aloud, as she had done every\n"
        "year since the flood, and nobody interrupted her at all.\n"
    )
    assert split(text) == [text.strip()]


def test_rows_of_a_table_are_sentences_of_their_own():
    text = (
        "The table below lists what was sold in each of the regions, in tonnes, by year of sale.\n"
        "North region including islands and the mainland coast 1,204 1,310 1,422\n"
        "South region including hills and the valley of the Ost 2,310 2,202 2,198\n"
    )
    assert split(text)[1:] == [line.strip() for line in text.splitlines()[1:]]


def test_rows_of_a_markdown_table_are_sentences_of_their_own():
    rows = ["| boat | built |", "| --- | --- |", "| a tug | in 1931 |", "| Godwit | 2 |"]
    assert split("\n".join([*rows, "It sank."])) == [*rows, "It sank."]


def test_a_heading_is_cut_from_what_follows_it():
    text = "It ended there.\nLosses of water\nIn 2024 the network lost less."
    assert split(text, [text.index("Losses")])[1:] == [
        "Losses of water",
        "In 2024 the network lost less.",
    ]


@given(st.text(alphabet='Aa.!?。 \n"”1,-|é។ល။กๆ', max_size=200), st.sets(st.integers(0, 200)))
def test_sentences_cover_the_text_exactly_once(text, headings):
    spans = split_sentences(text, [at for at in headings if at < len(text)])
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)


@pytest.mark.parametrize("marks", ["." * 100_000, "!?" * 50_000, "…" * 100_000 + '"' * 100_000])
def test_a_page_of_marks_is_read_once(marks):
    assert split_sentences(marks) == [(0, len(marks))]  # took minutes when every mark was tried
    assert split(f"It rose {marks} It fell.") == [f"It rose {marks}", "It fell."]

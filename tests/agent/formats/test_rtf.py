"""What RTF promises beyond the contract."""

import time

import pytest

from agent.errors import DocumentError
from agent.formats import parse
from tests.agent.formats.make_rtf import make_rtf


def _text(data: bytes) -> str:
    return parse(data, "text.rtf", lambda _done, _of: None).text


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (rb"{\rtf1\ansi\ansicpg936{\fonttbl\f0\fnil\fcharset134 S;}\f0 \'ca\'d0\'d5\'fe}", "市政"),
        (rb"{\rtf1\mac caf\'8e}", "café"),
        (rb"{\rtf1\ansi\ansicpg1251 \'cc\'ee\'f0\'e5}", "Море"),
        (rb"{\rtf1\ansi\uc2 \u26580\'3f\'3fx}", "柔x"),
        (rb"{\rtf1\ansi\uc0 \u26580x}", "柔x"),
        (rb"{\rtf1\ansi \u-10179?\u-8631?}", "\U0001f649"),
        (rb"{\rtf1\ansi half \u-8631? here}", "half \ufffd here"),
        (rb"{\rtf1\ansi a\~b\_c\-d\rquote s}", "a b\u2011cd\u2019s"),
        (rb"{\rtf1\ansi {\field{\*\fldinst HYPERLINK x}{\fldrslt the link}}}", "the link"),
        (rb"{\rtf1\ansi never closed\par ", "never closed"),
        (rb"{\rtf1\ansi shown}{hidden}", "shown"),
        (rb"{\rtf1\ansi\ansicpg99999 plain}", "plain"),
        (rb"{\rtf1\ansi &amp; <b>bold</b>}", "&amp; <b>bold</b>"),
    ],
)
def test_words_are_what_they_are(source, words):
    assert _text(source).strip() == words


def test_a_table_within_a_table_keeps_its_rows():
    inner = (
        r"\itap2 Artery\nestcell{\nonesttables\par}Score\nestcell{\nonesttables\par}"
        r"{\*\nesttableprops\trowd\cellx1\cellx2\nestrow}{\nonesttables\par}"
        r"RCA\nestcell{\nonesttables\par}0\nestcell{\nonesttables\par}"
        r"{\*\nesttableprops\trowd\cellx1\cellx2\nestrow}{\nonesttables\par}"
    )
    outer = r"\pard\intbl\cell beside\cell\row\pard after\par"
    body = rf"\trowd\cellx1\cellx2\pard\intbl {inner}{outer}"
    text = _text(make_rtf(body))
    assert "| Artery | Score |\n| --- | --- |\n| RCA | 0 |\n" in text
    assert text.index("RCA") < text.index("beside") < text.index("after")


def test_a_bomb_of_nested_groups_is_refused():
    started = time.process_time()
    with pytest.raises(DocumentError, match="nested too deeply"):
        _text(make_rtf("{" * 1_000_000))
    with pytest.raises(DocumentError, match="tables nested too deeply"):
        _text(make_rtf(r"\itap999999999 x\par"))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "body",
    [
        r"\bin999999999 swallowed",
        r"\bin-5 x",
        r"\u99999999999 x",
        r"\cell\row\cell\nestcell\nestrow\row",
        r"{\footnote{\footnote{\shptxt x\par}\par}\par}",
        r"\clmrg\cellx1\row\trowd\clvmrg\cellx1\cell\row",
        "}}}}}",
        r"{\stylesheet{\s1\s2 heading 9;}{\outlinelevel-7 x;}}\s1 word\par",
        "\\",
        r"\'",
        r"\'zz",
        "\x00\x01\xff",
    ],
)
def test_nonsense_is_read_or_refused_in_a_sentence(body):
    assert _outcome(make_rtf("words " + body)).endswith((".", "\n", "words"))


def _outcome(data: bytes) -> str:
    try:
        return _text(data)
    except DocumentError as refusal:
        return refusal.reason


def test_many_rows_and_lines_are_read_in_time():
    started = time.process_time()
    row, line = r"\trowd\cellx1\cellx2\pard\intbl a\cell b\cell\row ", r"\pard{\b x} y\par "
    assert _text(make_rtf(row * 20_000 + line * 20_000)).count("| a | b |\n") == 20_000
    assert time.process_time() - started < 40


def test_comments_heads_and_feet_come_last_and_once():
    data = (
        rb"{\rtf1\ansi{\header Draft of May\par}{\headerl Draft of May\par}"
        rb"{\footer Page {\field{\*\fldinst PAGE}{\fldrslt 3}} of 9\par}{\footerf The yard\par}"
        rb"Paid{\*\atnid AB}{\*\atnauthor Anna}\chatn{\*\annotation Ask them.\par} in"
        rb"{\footnote By hand.} May.\par}"
    )
    assert parse(data, "some.rtf", lambda _done, _of: None).text == (
        "Paid[comment 1] in[1] May.\n\n[comment 1] Ask them.\n\n[1] By hand.\n\n"
        "Draft of May\n\nThe yard\n"
    )

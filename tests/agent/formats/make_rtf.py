"""Rich text."""

from tests.agent.formats.make import HIDDEN, Sample

_HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0\uc1{\fonttbl{\f0\froman{\*\panose 02}Times;}"
    r"{\f1\fcharset204 A;}{\f2\fcharset128 M;}}{\colortbl;\red0\green0\blue0;}"
    r"{\stylesheet{\s0 Normal;}"
    r"{\s1\outlinelevel0\b heading 1;}{\s2\sbasedon1 heading 2;}}"
    r"{\*\generator Made;}{\info{\title " + HIDDEN + "}}"
)


def make_rtf(body: str, head: str = _HEAD) -> bytes:
    """Return a document of `body`."""
    return f"{head}\n\\pard\\plain {body}}}".encode("latin-1")


HARBOUR_RTF = make_rtf(
    r"{\s1 The har{\b bour}\par}"
    r"\pard It was dredged{\super\chftn}{\footnote\pard{\super\chftn} By hand & spade.} in "
    r"G\'f6teborg\line at \u8364?5 <a> \u55357?\u56841?\emdash{\f1\'cc\'ee\'f0\'e5} {\f2\'8aC} "
    r"\{x\}.\par "
    r"{\v " + HIDDEN + r"}{\*\unknown " + HIDDEN + r"}{\*\txe " + HIDDEN + r"\par}"
    r"{\*\shppict{\pict\pngblip\bin6 }}}{{{}" + HIDDEN + "}"
    "\n"
    r"\trowd\clmgf\cellx1\clmrg\cellx2\clvmgf\cellx3\pard\intbl Ships\cell\cell Year\cell\row "
    r"\trowd\cellx1\cellx2\clvmrg\cellx3\pard\intbl in\cell out\cell\cell\row "
    r"\trowd\cellx1\cellx2\cellx3\pard\intbl 1,204\cell a|b\par c\cell 1907\cell\row "
    r"\pard\outlinelevel1 The pilots\par "
    r"\pard{\pntext\f0 1.\tab}They moved"
    r"{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt a box\par}}{\shprslt " + HIDDEN + "}} out.\\par "
    r"Mac\'94s line\
" + r"And back.\par " * 70,
).replace(b"\\'94s line\\\r", b"\\'94s line\\\n")
SAMPLE = Sample(
    "harbour.rtf",
    HARBOUR_RTF,
    "rtf",
    labels=("The harbour", "The pilots", "The pilots"),
    headings=((1, "The harbour"), (2, "The pilots")),
    must_include=(
        "The harbour\n\nIt was dredged[1] in Göteborg\nat €5 <a> \U0001f609\u2014Море 海 {x}.\n",
        (
            "| Ships | ← Ships | Year |\n| --- | --- | --- |\n| in | out | ↑ Year |\n"
            "| 1,204 | a\uff5cb c | 1907 |\n"
        ),
        "1. They moved out.\n\na box\n",
        "line\n\nAnd back.",
        "\n\n[1] By hand & spade.\n",
    ),
)

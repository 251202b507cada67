"""Text comes out of any usual encoding as it went in, or not at all."""

import pytest

from agent.formats.base import NotTaken, Refused
from agent.formats.encoding import decode
from agent.formats.html import decode_html

# Article 1 of the Universal Declaration of Human Rights and the like, long enough to be told.
PASSAGES = {
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos. El niño llegó "
    "mañana a España, según dicen los años pasados; ¿quién sabe qué pasará después? ",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft "
    "und Gewissen begabt und sollen einander im Geiste der Brüderlichkeit begegnen: „größer“. ",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués "
    "de raison et de conscience et doivent agir dans un esprit de fraternité, là où c’est sûr. ",
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni "
    "obdarzeni rozumem i sumieniem i powinni postępować w duchu braterstwa, źdźbło żółte. ",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены "
    "разумом и совестью и должны поступать в отношении друг друга в духе братства. ",
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך "
    "חובה עליהם לנהוג איש ברעהו ברוח של אחווה. ",
    "ar": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق وقد وهبوا عقلا وضميرا وعليهم أن يعامل "
    "بعضهم بعضا بروح الإخاء. ",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม ",
    "ja": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。 ",
    "zh": "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。 ",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. ",
}
ENCODINGS = [
    ("es", "cp1252"), ("de", "cp1252"), ("fr", "cp1252"), ("pl", "cp1250"), ("pl", "iso8859_2"),
    ("ru", "koi8_r"), ("ru", "cp1251"), ("he", "cp1255"), ("ar", "cp1256"), ("th", "cp874"),
    ("ja", "cp932"), ("ja", "euc_jp"), ("ja", "iso2022_jp"), ("zh", "gbk"), ("ko", "cp949"),
    *((language, encoding) for language in ("de", "ru", "ja", "zh")
      for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")),
]  # fmt: skip


@pytest.mark.parametrize(("language", "encoding"), ENCODINGS)
def test_text_is_told_from_its_bytes(language, encoding):
    text = (PASSAGES[language] * 4 + "\n") * 3
    if (language, encoding) == ("pl", "iso8859_2"):
        text = text.replace("„", "")
    decoded, _ = decode(text.encode(encoding))
    assert decoded == text


def test_a_few_lines_of_another_alphabet_behind_pages_of_ascii_are_told():
    text = "Produced by volunteers.\n" * 4_000 + (PASSAGES["ja"] + "\n") * 30
    assert decode(text.encode("cp932")) == (text, "cp932")


def test_one_line_longer_than_the_sample_is_not_cut_inside_a_character():
    text = "長" + PASSAGES["ja"].replace(" ", "") * 3_000
    assert decode(text.encode("cp932")) == (text, "cp932")


def test_a_declared_encoding_is_believed_unless_the_text_is_utf8():
    ambiguous = "\u0161\u00e9"
    page = f"<meta charset='windows-1250'><p>{ambiguous}"
    assert decode_html(page.encode("cp1250")) == (page, "cp1250")
    assert decode_html(page.encode()) == (page, "utf-8")


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("iso-8859-1", "cp1252"), ("GB2312", "gb18030"), ("Shift_JIS", "cp932"), ("euc-kr", "cp949")],
)
def test_declared_names_mean_what_browsers_take_them_for(declared, codec):
    assert decode(b"\xb0\xa1", declared)[1] == codec


@pytest.mark.parametrize("nonsense", ["zlib", "rot13", "no-such-code", ""])
def test_a_declared_name_that_is_no_text_encoding_is_passed_over(nonsense):
    text = PASSAGES["ru"] * 9
    assert decode(text.encode("koi8_r"), nonsense) == (text, "koi8_r")


def test_utf8_with_a_broken_byte_is_refused_rather_than_read_as_something_else():
    with pytest.raises(Refused, match=r"begins as UTF-8 text but is damaged at byte \d+; save"):
        decode(PASSAGES["ru"].encode()[:-3] + b" and more")


def test_a_broken_file_with_a_byte_order_mark_is_refused():
    with pytest.raises(Refused, match="begins as UTF-16 text but is damaged at byte"):
        decode("\ufeffabc".encode("utf-16-le") + b"\x00")


@pytest.mark.parametrize(
    "data", [bytes(1000), bytes(range(256)) * 9, b"\x01\x02\x03text", b"\x00\xff\xd8\x00" * 99]
)
def test_binary_data_is_not_text(data):
    with pytest.raises(NotTaken, match="binary data"):
        decode(data)

"""What the control words of RTF mean. Source: Rich Text Format Specification 1.9.1."""

# What `\fcharset` of a font says about its bytes.
CHARSETS = {
    77: "mac_roman", 78: "cp932", 79: "cp950", 80: "cp949", 81: "cp936", 83: "mac_greek",
    85: "mac_turkish", 87: "cp874", 88: "mac_latin2", 89: "mac_cyrillic", 128: "cp932",
    129: "cp949", 130: "johab", 134: "cp936", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437",
}  # fmt: skip
DOCUMENT_CODES = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
SIGNS = {
    "tab": "\t", "emdash": "\u2014", "endash": "\u2013", "emspace": "\u2003", "enspace": "\u2002",
    "qmspace": "\u2005", "bullet": "\u2022", "lquote": "\u2018", "rquote": "\u2019",
    "ldblquote": "\u201c", "rdblquote": "\u201d", "zwj": "\u200d", "zwnj": "\u200c",
    "column": " ", "softline": " ",
}  # fmt: skip
SYMBOLS = {"~": "\xa0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\"}
# Groups that hold no text of the document, or text that stands elsewhere too.
NO_TEXT = frozenset(
    """
    atnauthor atndate atnicn atnid atnparent atnref atntime atrfend atrfstart author
    background bkmkend bkmkstart blipuid category colorschememapping colortbl comment company
    creatim datafield datastore defchp defpap do docvar doccomm ebcend ebcstart falt filetbl fldinst
    fldtype fname fontemb fontfile formfield ftncn ftnsep ftnsepc
    aftncn aftnsep aftnsepc generator hlinkbase info keywords
    latentstyles listname listoverridetable listpicture liststylename listtable manager mmathPr
    nextfile nonesttables objalias objclass objdata objname objsect objtime oleclsid operator panose
    password passwordhash pgptbl pict picprop pntxta pntxtb printim private propname protusertbl
    revtbl revtim rsidtbl shprslt sn staticval subject sv tc template themedata title txe userprops
    wgrffmtfilter xe xmlnstbl pnseclvl mailmerge xform
    """.split()
)
# Groups marked as "to be skipped by those who do not know them" that we do know.
KNOWN = frozenset(
    {"shpinst", "shptxt", "footnote", "annotation", "nesttableprops", "fonttbl", "stylesheet"}
)
# Groups that hold the heads and feet of pages: of all, of the left, the right and the first one.
EDGES = tuple(f"{edge}{pages}" for edge in ("header", "footer") for pages in ("", "l", "r", "f"))

PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE attachment (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
CREATE TABLE chore (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE "document" (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,        -- SHA-256 of the file's bytes
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    engine TEXT NOT NULL,
    recipe TEXT NOT NULL,           -- versions and settings of parsing, cutting, words, tokens
    language TEXT NOT NULL,         -- whose stemmer was used, empty for none
    tokens INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    added REAL NOT NULL,            -- seconds since 1970
    imported INTEGER NOT NULL,      -- 1: its text was read here from an export, not from its file
    digest TEXT NOT NULL,           -- of pages and headings, see agent/digest.py
    passage_words BLOB NOT NULL     -- words in each passage, uint32
);
INSERT INTO "document" VALUES(1,'f345dfd6404889c39c968a7c9cf0d13dfcb1c25c84d98939ee563fac25c23582','station.md','markdown','markdown-it, utf-8','formats 1, cut 1 at 256, words 1, tokens b2b1b8dfb5cc','en',1367,2,1700000000.25,0,'6d301e4aebbadef204b89594a55148950f4a851c7d0aa65c2bb0e7466e37ca3a',X'CA000000CC000000CC000000CC000000CC0000003C0000000B000000');
INSERT INTO "document" VALUES(3,'de56dc39423a2fc9720ba20acabb12132504a62afd856abdf8ba7bcb0e91ed1c','отчёт.txt','text','python, utf-8','formats 1, cut 1 at 256, words 1, tokens b2b1b8dfb5cc','en',29,4,1700000002.0,0,'d2d350a6d28d99842932433c05b0197f5ad66ca8fb5ba9d85ecf5c3addb9c9bc',X'0E000000');
CREATE TABLE heading (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL, level INTEGER NOT NULL, title TEXT NOT NULL, start INTEGER NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
INSERT INTO "heading" VALUES(1,0,1,'The station',2);
INSERT INTO "heading" VALUES(1,1,2,'Rebuilding',4776);
CREATE TABLE note (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL,
    page INTEGER NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
CREATE TABLE pace (
    reader TEXT PRIMARY KEY,
    tokens INTEGER NOT NULL,        -- of documents, in the latest run that read some
    seconds REAL NOT NULL           -- that it took
) WITHOUT ROWID;
CREATE TABLE page (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL, label TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (document, number)
);
INSERT INTO "page" VALUES(1,1,'lines 1-59',0,2970,'# The station

The Kettle Lane pumping station opened in 1931.

On day 1 the river was low and the fields were dry.
On day 2 the river was low and the fields were dry.
On day 3 the river was low and the fields were dry.
On day 4 the river was low and the fields were dry.
On day 5 the river was low and the fields were dry.
On day 6 the river was low and the fields were dry.
On day 7 the river was low and the fields were dry.
On day 8 the river was low and the fields were dry.
On day 9 the river was low and the fields were dry.
On day 10 the river was low and the fields were dry.
On day 11 the river was low and the fields were dry.
On day 12 the river was low and the fields were dry.
On day 13 the river was low and the fields were dry.
On day 14 the river was low and the fields were dry.
On day 15 the river was low and the fields were dry.
On day 16 the river was low and the fields were dry.
On day 17 the river was low and the fields were dry.
On day 18 the river was low and the fields were dry.
On day 19 the river was low and the fields were dry.
On day 20 the river was low and the fields were dry.
On day 21 the river was low and the fields were dry.
On day 22 the river was low and the fields were dry.
On day 23 the river was low and the fields were dry.
On day 24 the river was low and the fields were dry.
On day 25 the river was low and the fields were dry.
On day 26 the river was low and the fields were dry.
On day 27 the river was low and the fields were dry.
On day 28 the river was low and the fields were dry.
On day 29 the river was low and the fields were dry.
On day 30 the river was low and the fields were dry.
On day 31 the river was low and the fields were dry.
On day 32 the river was low and the fields were dry.
On day 33 the river was low and the fields were dry.
On day 34 the river was low and the fields were dry.
On day 35 the river was low and the fields were dry.
On day 36 the river was low and the fields were dry.
On day 37 the river was low and the fields were dry.
On day 38 the river was low and the fields were dry.
On day 39 the river was low and the fields were dry.
On day 40 the river was low and the fields were dry.
On day 41 the river was low and the fields were dry.
On day 42 the river was low and the fields were dry.
On day 43 the river was low and the fields were dry.
On day 44 the river was low and the fields were dry.
On day 45 the river was low and the fields were dry.
On day 46 the river was low and the fields were dry.
On day 47 the river was low and the fields were dry.
On day 48 the river was low and the fields were dry.
On day 49 the river was low and the fields were dry.
On day 50 the river was low and the fields were dry.
On day 51 the river was low and the fields were dry.
On day 52 the river was low and the fields were dry.
On day 53 the river was low and the fields were dry.
On day 54 the river was low and the fields were dry.
On day 55 the river was low and the fields were dry.
');
INSERT INTO "page" VALUES(1,2,'lines 60-97',2970,4841,'On day 56 the river was low and the fields were dry.
On day 57 the river was low and the fields were dry.
On day 58 the river was low and the fields were dry.
On day 59 the river was low and the fields were dry.
On day 60 the river was low and the fields were dry.
On day 61 the river was low and the fields were dry.
On day 62 the river was low and the fields were dry.
On day 63 the river was low and the fields were dry.
On day 64 the river was low and the fields were dry.
On day 65 the river was low and the fields were dry.
On day 66 the river was low and the fields were dry.
On day 67 the river was low and the fields were dry.
On day 68 the river was low and the fields were dry.
On day 69 the river was low and the fields were dry.
On day 70 the river was low and the fields were dry.
On day 71 the river was low and the fields were dry.
On day 72 the river was low and the fields were dry.
On day 73 the river was low and the fields were dry.
On day 74 the river was low and the fields were dry.
On day 75 the river was low and the fields were dry.
On day 76 the river was low and the fields were dry.
On day 77 the river was low and the fields were dry.
On day 78 the river was low and the fields were dry.
On day 79 the river was low and the fields were dry.
On day 80 the river was low and the fields were dry.
On day 81 the river was low and the fields were dry.
On day 82 the river was low and the fields were dry.
On day 83 the river was low and the fields were dry.
On day 84 the river was low and the fields were dry.
On day 85 the river was low and the fields were dry.
On day 86 the river was low and the fields were dry.
On day 87 the river was low and the fields were dry.
On day 88 the river was low and the fields were dry.
On day 89 the river was low and the fields were dry.

## Rebuilding

It was rebuilt by the engineer Ida Korhonen in 1974.
');
INSERT INTO "page" VALUES(3,1,'1',0,19,'Плотина выдержала.
');
INSERT INTO "page" VALUES(3,2,'2',19,61,'The dam held in 1998: “no one was hurt” 👍
');
INSERT INTO "page" VALUES(3,3,'3',61,62,'
');
INSERT INTO "page" VALUES(3,4,'4',62,67,'年度報告
');
CREATE TABLE passage (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    tokens INTEGER NOT NULL, heading_path TEXT NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
INSERT INTO "passage" VALUES(1,0,0,903,249,'');
INSERT INTO "passage" VALUES(1,1,903,1804,255,'The station');
INSERT INTO "passage" VALUES(1,2,1804,2705,255,'The station');
INSERT INTO "passage" VALUES(1,3,2705,3606,255,'The station');
INSERT INTO "passage" VALUES(1,4,3606,4507,255,'The station');
INSERT INTO "passage" VALUES(1,5,4507,4776,77,'The station');
INSERT INTO "passage" VALUES(1,6,4776,4841,21,'The station
Rebuilding');
INSERT INTO "passage" VALUES(3,0,0,67,29,'');
CREATE TABLE passage_text (
    stamp INTEGER PRIMARY KEY AUTOINCREMENT,  -- only grows, so that changes are seen
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,             -- SHA-256 of the passage's text
    UNIQUE (document, number)
);
INSERT INTO "passage_text" VALUES(1,3,0,X'9135FDAAFF12F716114CF59A2A72F8DAEEAF32CC25924287BACE3A2ECF3EABB4');
INSERT INTO "passage_text" VALUES(2,1,0,X'FBE17DB8F7B4529B674E29552BB34633B88F94D1D298F46BAD2C72B26CF27753');
INSERT INTO "passage_text" VALUES(3,1,1,X'73F357846DA21EDCA436F801640D4C1AC38478B8861FC9171B11C73897A483EA');
INSERT INTO "passage_text" VALUES(4,1,2,X'CF33BCF32237EB268EF7EB189FBA534A6042C16E1C512552F9BEBDC895DE541B');
INSERT INTO "passage_text" VALUES(5,1,3,X'38CB97BEC5ABFEB1727A153A0691E7025DA9CAC76D13CF0BFFCA88E39AB8E65D');
INSERT INTO "passage_text" VALUES(6,1,4,X'4AD9E42A0739ADF30E79A17F465F0C23FADA9EF020C4A6D5A765EA3B35CBBB65');
INSERT INTO "passage_text" VALUES(7,1,5,X'87CDD953E9A906C0A6599D34817FE1FEC7A9D582987CFB0970EEFE9399AC3223');
INSERT INTO "passage_text" VALUES(8,1,6,X'AC32715C1368195B564C7D19D3B952D406EED747BC9A70A142F3B982B1D750D5');
CREATE TABLE posting (
    document INTEGER NOT NULL REFERENCES document ON DELETE CASCADE,
    term TEXT NOT NULL,
    passages BLOB NOT NULL,         -- numbers of the passages that hold the term, uint32
    counts BLOB NOT NULL,           -- how often, uint32
    PRIMARY KEY (document, term)
) WITHOUT ROWID;
INSERT INTO "posting" VALUES(1,'1',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'10',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'11',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'12',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'13',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'14',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'15',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'16',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'17',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'18',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'19',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'1931',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'1974',X'06000000',X'01000000');
INSERT INTO "posting" VALUES(1,'2',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'20',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'21',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'22',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'23',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'24',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'25',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'26',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'27',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'28',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'29',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'3',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'30',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'31',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'32',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'33',X'01000000',X'01000000');
INSERT INTO "posting" VALUES(1,'34',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'35',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'36',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'37',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'38',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'39',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'4',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'40',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'41',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'42',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'43',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'44',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'45',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'46',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'47',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'48',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'49',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'5',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'50',X'02000000',X'01000000');
INSERT INTO "posting" VALUES(1,'51',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'52',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'53',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'54',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'55',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'56',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'57',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'58',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'59',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'6',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'60',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'61',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'62',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'63',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'64',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'65',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'66',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'67',X'03000000',X'01000000');
INSERT INTO "posting" VALUES(1,'68',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'69',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'7',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'70',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'71',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'72',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'73',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'74',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'75',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'76',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'77',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'78',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'79',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'8',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'80',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'81',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'82',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'83',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'84',X'04000000',X'01000000');
INSERT INTO "posting" VALUES(1,'85',X'05000000',X'01000000');
INSERT INTO "posting" VALUES(1,'86',X'05000000',X'01000000');
INSERT INTO "posting" VALUES(1,'87',X'05000000',X'01000000');
INSERT INTO "posting" VALUES(1,'88',X'05000000',X'01000000');
INSERT INTO "posting" VALUES(1,'89',X'05000000',X'01000000');
INSERT INTO "posting" VALUES(1,'9',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'and',X'000000000100000002000000030000000400000005000000',X'100000001100000011000000110000001100000005000000');
INSERT INTO "posting" VALUES(1,'by',X'06000000',X'01000000');
INSERT INTO "posting" VALUES(1,'day',X'000000000100000002000000030000000400000005000000',X'100000001100000011000000110000001100000005000000');
INSERT INTO "posting" VALUES(1,'dry',X'000000000100000002000000030000000400000005000000',X'100000001100000011000000110000001100000005000000');
INSERT INTO "posting" VALUES(1,'engin',X'06000000',X'01000000');
INSERT INTO "posting" VALUES(1,'field',X'000000000100000002000000030000000400000005000000',X'100000001100000011000000110000001100000005000000');
INSERT INTO "posting" VALUES(1,'ida',X'06000000',X'01000000');
INSERT INTO "posting" VALUES(1,'in',X'0000000006000000',X'0100000001000000');
INSERT INTO "posting" VALUES(1,'it',X'06000000',X'01000000');
INSERT INTO "posting" VALUES(1,'kettl',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'korhonen',X'06000000',X'01000000');
INSERT INTO "posting" VALUES(1,'lane',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'low',X'000000000100000002000000030000000400000005000000',X'100000001100000011000000110000001100000005000000');
INSERT INTO "posting" VALUES(1,'on',X'000000000100000002000000030000000400000005000000',X'100000001100000011000000110000001100000005000000');
INSERT INTO "posting" VALUES(1,'open',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'pump',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(1,'rebuild',X'06000000',X'01000000');
INSERT INTO "posting" VALUES(1,'rebuilt',X'06000000',X'01000000');
INSERT INTO "posting" VALUES(1,'river',X'000000000100000002000000030000000400000005000000',X'100000001100000011000000110000001100000005000000');
INSERT INTO "posting" VALUES(1,'station',X'00000000',X'02000000');
INSERT INTO "posting" VALUES(1,'the',X'00000000010000000200000003000000040000000500000006000000',X'22000000220000002200000022000000220000000A00000001000000');
INSERT INTO "posting" VALUES(1,'was',X'00000000010000000200000003000000040000000500000006000000',X'10000000110000001100000011000000110000000500000001000000');
INSERT INTO "posting" VALUES(1,'were',X'000000000100000002000000030000000400000005000000',X'100000001100000011000000110000001100000005000000');
INSERT INTO "posting" VALUES(3,'1998',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'dam',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'held',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'hurt',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'in',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'no',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'one',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'the',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'was',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'выдержала',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'плотина',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'報告',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'年度',X'00000000',X'01000000');
INSERT INTO "posting" VALUES(3,'度報',X'00000000',X'01000000');
CREATE TABLE reading (
    key BLOB PRIMARY KEY,           -- SHA-256 of reader, act, question and texts
    result TEXT NOT NULL            -- JSON
) WITHOUT ROWID;
CREATE TABLE reading_document (
    key BLOB NOT NULL REFERENCES reading ON DELETE CASCADE,
    document TEXT NOT NULL,         -- whose words may stand in the result
    PRIMARY KEY (key, document)
) WITHOUT ROWID;
CREATE TABLE recognised (
    document TEXT NOT NULL,         -- its id: pages are recognised before the document is whole
    page INTEGER NOT NULL,
    picture BLOB NOT NULL,          -- SHA-256 of what the engine was given
    engine TEXT NOT NULL,
    result TEXT,                    -- JSON; none if the engine could not read it
    at REAL NOT NULL,               -- seconds since 1970
    PRIMARY KEY (document, page)
);
CREATE TABLE vector (
    stamp INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL,             -- of the text
    model TEXT NOT NULL,
    numbers BLOB NOT NULL,          -- a vector of length 1, float16
    digest BLOB NOT NULL,           -- BLAKE2b of hash, model and numbers
    UNIQUE (hash, model)
);
INSERT INTO "vector" VALUES(1,X'9135FDAAFF12F716114CF59A2A72F8DAEEAF32CC25924287BACE3A2ECF3EABB4','hashed words 16',X'F8367729D2ABAB2B6AAC7BA7AFB5B7B7CE2CC936D530ACB635240B3205A93730',X'FFEC7AC5705D9275CE47C9ED46808FB9');
INSERT INTO "vector" VALUES(2,X'FBE17DB8F7B4529B674E29552BB34633B88F94D1D298F46BAD2C72B26CF27753','hashed words 16',X'5835E7AC702910308FB458356B1979ACDBB2AD22CEB1252C1B364136BC364435',X'F1E35DBCA9B50462DCAC98DE9873F38B');
INSERT INTO "vector" VALUES(3,X'73F357846DA21EDCA436F801640D4C1AC38478B8861FC9171B11C73897A483EA','hashed words 16',X'073536AC122BED2CB6B4B935C9A832AF42B374219EB1482D7436113672361935',X'B3DE3DA84B2C36ED4512B9B900FEBB05');
INSERT INTO "vector" VALUES(4,X'CF33BCF32237EB268EF7EB189FBA534A6042C16E1C512552F9BEBDC895DE541B','hashed words 16',X'35351BAD4425362F39B4833575A19AAE79B3B69CC5B2BC2C22361D36A0363835',X'339F947CB2B1037E6A7A4C54EBE70033');
INSERT INTO "vector" VALUES(5,X'38CB97BEC5ABFEB1727A153A0691E7025DA9CAC76D13CF0BFFCA88E39AB8E65D','hashed words 16',X'FE34E8AC362A422FD5B311369121BDAF71B26E27B8B2CA2A263672369836EF34',X'C09A36B28BF355660F7F9CDB0C10F6CE');
INSERT INTO "vector" VALUES(6,X'4AD9E42A0739ADF30E79A17F465F0C23FADA9EF020C4A6D5A765EA3B35CBBB65','hashed words 16',X'4235C1AC1F2AC52CC2B4823522A606AE98B2C8258DB0622C8D364F3684363235',X'5FDBFAE4CDD7927273927EDCBF0061C3');
INSERT INTO "vector" VALUES(7,X'87CDD953E9A906C0A6599D34817FE1FEC7A9D582987CFB0970EEFE9399AC3223','hashed words 16',X'EB34BCA127A8492E89B48035E5A131AB0FB4D79956B1832D30365B37F635E634',X'DBB6C13008BCFC6F3E97A85043EBB0F8');
INSERT INTO "vector" VALUES(8,X'AC32715C1368195B564C7D19D3B952D406EED747BC9A70A142F3B982B1D750D5','hashed words 16',X'1536BD2C602C6F33A9B673B409B4E6B41D2D9EAABD3449A9183569361C2D2330',X'A2C7BFFEB44A69E28DA57635D75059AB');
CREATE INDEX recognised_picture ON recognised (picture, engine);
CREATE INDEX reading_document_document ON reading_document (document);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('passage_text',8);
INSERT INTO "sqlite_sequence" VALUES('vector',8);
COMMIT;

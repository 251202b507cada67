"""The words of the generated documents; nearly all become single tokens of the vocabulary."""

from typing import Final

NOUNS: Final = """
apple anchor arrow badge basket beacon bell blanket boat bottle bridge brush bucket button cabin
camera candle canyon carpet castle cedar chain chair cherry circle cliff clock cloud coat comet
copper coral cradle crown crystal curtain desert diamond dolphin door dragon drum eagle engine
falcon feather fence ferry field flame flute forest fountain garden gate glacier glove granite
grape guitar hammer harbour harp hawk helmet hill honey hotel island ivory jacket jewel journal
kettle key kite ladder lagoon lake lamp lantern laser lemon lens library lion lizard locket magnet
mango maple marble market meadow melon mirror monkey moon mountain museum needle nest novel ocean
olive onion orange orchid otter owl palace panda panther paper parrot peach pearl pebble pencil
piano pillow pilot pine planet plum pocket pond prism pyramid quartz rabbit radio raven ribbon
river robot rocket rose ruby saddle salmon sapphire school shadow shell shield ship sparrow spider
spoon stable statue stone storm sugar summit table temple thunder tiger tower train tulip tunnel
turtle umbrella valley velvet violet violin volcano wagon walnut whale wheel willow window winter
wolf zebra
""".split()

CITIES: Final = """
Athens Austin Baku Bamako Bergen Berlin Bern Bogota Boston Bremen Cairo Calgary Caracas Cardiff
Chicago Cologne Dakar Dallas Delhi Denver Dhaka Doha Dubai Dublin Durban Florence Geneva Genoa
Glasgow Hamburg Hanoi Havana Helsinki Houston Istanbul Jakarta Kabul Kampala Karachi Kigali Kyoto
Lagos Lahore Leeds Leipzig Lima Lisbon London Lusaka Lyon Madrid Malmo Manila Miami Milan Minsk
Monaco Moscow Mumbai Munich Nairobi Naples Nice Odessa Oslo Ottawa Oxford Palermo Panama Paris
Perth Porto Prague Quebec Quito Riga Rome Seattle Seoul Seville Sofia Split Sydney Taipei Tallinn
Tampa Tehran Tokyo Toronto Tunis Turin Utrecht Venice Vienna Vilnius Warsaw Yangon Zagreb Zurich
""".split()

ADJECTIVES: Final = """
ancient bitter bright broken calm careful clever cold common curious damp dark deep distant dry
early empty faint famous fast fierce final fresh gentle golden grand green heavy hidden hollow huge
humble idle large late little lonely loud lucky modern narrow noble old pale patient plain proud
quick quiet rapid rare red rich rough round royal sharp short silent simple slow small smooth soft
solid steady steep strange strong subtle sudden sweet tall thick thin tiny warm weak white wide
wild wise young
""".split()

VERBS: Final = """
admired answered approached avoided borrowed built carried caught chased checked cleaned climbed
copied counted covered crossed described designed discovered doubted dropped examined explained
feared finished followed forgot found guarded guided heard helped hid ignored imagined improved
inspected joined kept left liked loved measured met missed moved needed noticed offered opened
ordered painted passed planned praised pushed reached read received remembered repaired reported
restored saved searched sold studied taught thanked visited wanted warned watched washed
""".split()

PEOPLE: Final = """
Adam Alice Anna Arthur Boris Carla Chen Clara Daniel David Diana Elena Emma Erik Eva Felix Fiona
Frank George Grace Hana Harold Helen Hugo Ida Igor Irene Ivan Jack James Jane Julia Karl Kate Laura
Leo Linda Lucas Maria Mark Martin Maya Nadia Nina Noah Olga Oscar Paul Peter Rita Robert Rosa Ruth
Samuel Sara Simon Sofie Tara Thomas Vera Victor Wendy
""".split()

PLACES: Final = "near behind under above beside beyond inside outside around".split()

TIMES: Final = (
    "yesterday",
    "today",
    "in spring",
    "in autumn",
    "at dawn",
    "at night",
    "every week",
    "last year",
    "that evening",
    "on Monday",
    "on Friday",
    "for a while",
)

OPENERS: Final = "However Meanwhile Later Indeed Still Perhaps Again Therefore Finally".split()

SYLLABLES: Final = """
ba bel bri cor da dor el fa fen gal gri ha hol is ka kel lan lo mar mi mor na nel or pa per qui ra
ren ri sa sil ta tor tu ul va ven vi wen xan yor za zel
""".split()

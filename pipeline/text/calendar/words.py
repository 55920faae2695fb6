"""The words of written dates, as data: months, time zones, relative days, and the units in "two hours ago".

No logic here. Month names that Babel has are in `months.json`, which `make generate` makes.
"""

from typing import Final


def _numbered(*lists: str) -> dict[str, int]:
    return {form: number for number, text in enumerate(lists, 1) for form in text.split()}


# Forms that newspapers print and Babel lacks: abbreviations, other cases, Greek. In lower case.
MORE_MONTHS: Final[dict[str, int]] = _numbered(
    "январь янв січень січ студзень студз қаңтары қаңтарда jän jänner ιανουαρίου ιανουάριος ιαν януари",
    "февраль фев февр лютий лют люты ақпаны ақпанда febr ljutog φεβρουαρίου φεβρουάριος φεβ",
    "март мар березень бер сакавік наурызы наурызда mrz μαρτίου μάρτιος μαρ",
    "апрель апр квітень квіт красавік крас сәуірі сәуірде απριλίου απρίλιος απρ",
    "мамыры май травень травня травень траўня травеня мамырда μαΐου μάιος μαϊ",
    "маусымы июнь июн червень черв чэрвень чэрв маусымда ιουνίου ιούνιος ιουν",
    "июль июл липень лип ліпень ліп шілдеде шілдесі ιουλίου ιούλιος ιουλ",
    "тамызы август авг серпень серп жнівень жнів тамызда αυγούστου αύγουστος αυγ",
    "сентябрь сен сент вересень вер верасень верас қыркүйегі қыркүйекте sept σεπτεμβρίου σεπτέμβριος σεπ",
    "октябрь окт жовтень жовт кастрычнік каст қазаны қазанда οκτωβρίου οκτώβριος οκτ",
    "ноябрь ноя нояб листопад лист лістапад ліст қарашасы қарашада νοεμβρίου νοέμβριος νοε",
    "декабрь дек грудень груд снежань снеж желтоқсаны желтоқсанда δεκεμβρίου δεκέμβριος δεκ",
)

# Month names inside sentences, in languages that write them in lower case. A text about another month is another text.
# Full names only, no abbreviations, and no name that is also another word in a language that writes it in lower case.
SMALL_MONTHS: Final[dict[str, int]] = _numbered(
    "января январь январе январю январём січня січень січні січнем студзеня студзень студзені қаңтар қаңтары қаңтарда"
    " stycznia styczeń styczniu leden ledna lednu janvier enero gennaio janeiro",
    "февраля февраль феврале февралю февралём лютого лютий лютому лютим лютага люты лютым ақпан ақпаны ақпанда"
    " lutego luty lutym únor února únoru février febrero febbraio fevereiro",
    "марта март марте марту мартом березня березень березні березнем сакавіка сакавік сакавіку наурыз наурызы наурызда"
    " marca marzec marcu březen března březnu mars marzo março",
    "апреля апрель апреле апрелю апрелем квітня квітень квітні квітнем красавіка красавік красавіку сәуір сәуірі"
    " сәуірде kwietnia kwiecień kwietniu duben dubna dubnu avril abril aprile",
    "мая май мае маю маем травня травень травні травнем траўня травеня траўні мамыр мамыры мамырда"
    " maja maj maju květen května květnu mai mayo maggio maio",
    "июня июнь июне июню июнем червня червень червні червнем чэрвеня чэрвень чэрвені маусым маусымы маусымда"
    " czerwca czerwiec czerwcu červen června červnu juin junio giugno junho",
    "июля июль июле июлю июлем липня липень липні липнем ліпеня ліпень ліпені шілде шілдесі шілдеде"
    " lipca lipiec lipcu červenec července červenci juillet julio luglio julho",
    "августа август августе августу августом серпня серпень серпні серпнем жніўня жнівень жніўні тамыз тамызы тамызда"
    " sierpnia sierpień sierpniu srpen srpna srpnu août agosto",
    "сентября сентябрь сентябре сентябрю сентябрём вересня вересень вересні вереснем верасня верасень верасні қыркүйек"
    " қыркүйегі қыркүйекте września wrzesień wrześniu září septembre septiembre settembre setembro",
    "октября октябрь октябре октябрю октябрём жовтня жовтень жовтні жовтнем кастрычніка кастрычнік кастрычніку қазан"
    " қазаны қазанда października październik październiku říjen října říjnu octobre octubre ottobre outubro",
    "ноября ноябрь ноябре ноябрю ноябрём листопада листопад листопаді листопадом лістапада лістапад лістападзе қараша"
    " қарашасы қарашада listopadzie listopadu novembre noviembre novembro",
    "декабря декабрь декабре декабрю декабрём грудня грудень грудні груднем снежня снежань снежні желтоқсан желтоқсаны"
    " желтоқсанда grudnia grudzień grudniu prosinec prosince prosinci décembre diciembre dicembre dezembro",
)

# Hours from UTC, for unambiguous zone names only. BST, CST and IST each mean several zones.
ZONES: Final[dict[str, int]] = {
    "z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "pst": -8, "pdt": -7,
    "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3, "мск": 3, "jst": 9,
}  # fmt: skip

# Days before the day of the fetch.
DAYS: Final[dict[str, int]] = {
    "сегодня": 0, "сьогодні": 0, "сёння": 0, "бүгін": 0, "today": 0,
    "вчера": 1, "вчора": 1, "учора": 1, "кеше": 1, "yesterday": 1,
    "позавчера": 2, "позавчора": 2, "заўчора": 2,
}  # fmt: skip

_MINUTES = "минута минуту минуты минут мин хвилина хвилину хвилини хвилин хв хвіліна хвіліну хвіліны хвілін"
_HOURS = "час часа часов ч година годину години годин год гадзіна гадзіну гадзіны гадзін сағат hour hours hr hrs h"
_DAYS = "день дня дней дні днів дзень дні дзён күн day days d"
UNITS: Final[dict[str, int]] = {
    **dict.fromkeys(f"{_MINUTES} minute minutes min mins".split(), 60),
    **dict.fromkeys(_HOURS.split(), 3600),
    **dict.fromkeys(_DAYS.split(), 86400),
}  # seconds
AGO: Final = ("назад", "тому", "таму", "бұрын", "ago")

"""The words of written dates, as data: months, time zones, relative days, and the units in "two hours ago".

The forms are those that newspapers print (genitive, nominative, common abbreviations), in lower case. No logic here.
"""

from typing import Final


def _numbered(*lists: str) -> dict[str, int]:
    return {form: number for number, text in enumerate(lists, 1) for form in text.split()}


MONTHS: Final[dict[str, int]] = _numbered(
    "января январь янв січня січень січ студзеня студзень студз қаңтар қаңтары қаңтарда january jan"
    " stycznia styczeń sty januar jän jänner ιανουαρίου ιανουάριος ιαν",
    "февраля февраль фев февр лютого лютий лют лютага люты ақпан ақпаны ақпанда february feb febr"
    " lutego luty lut februar φεβρουαρίου φεβρουάριος φεβ",
    "марта март мар березня березень бер сакавіка сакавік сак наурыз наурызы наурызда march mar"
    " marca marzec märz mrz μαρτίου μάρτιος μαρ",
    "апреля апрель апр квітня квітень квіт красавіка красавік крас сәуір сәуірі сәуірде april apr"
    " kwietnia kwiecień kwi απριλίου απρίλιος απρ",
    "мая май травня травень трав траўня травеня мамыр мамыры мамырда may maja maj mai μαΐου μάιος μαϊ",
    "июня июнь июн червня червень черв чэрвеня чэрвень чэрв маусым маусымы маусымда june jun"
    " czerwca czerwiec cze juni ιουνίου ιούνιος ιουν",
    "июля июль июл липня липень лип ліпеня ліпень ліп шілде шілдеде шілдесі july jul"
    " lipca lipiec lip juli ιουλίου ιούλιος ιουλ",
    "августа август авг серпня серпень серп жніўня жнівень жнів тамыз тамызы тамызда august aug"
    " sierpnia sierpień sie αυγούστου αύγουστος αυγ",
    "сентября сентябрь сен сент вересня вересень вер верасня верасень қыркүйек қыркүйегі қыркүйекте"
    " september sep sept września wrzesień wrz σεπτεμβρίου σεπτέμβριος σεπ",
    "октября октябрь окт жовтня жовтень жовт кастрычніка кастрычнік қазан қазаны қазанда october oct"
    " października październik paź oktober okt οκτωβρίου οκτώβριος οκτ",
    "ноября ноябрь ноя нояб листопада листопад лист лістапада лістапад қараша қарашасы қарашада november nov"
    " listopada listopad lis νοεμβρίου νοέμβριος νοε",
    "декабря декабрь дек грудня грудень груд снежня снежань снеж желтоқсан желтоқсаны желтоқсанда december dec"
    " grudnia grudzień gru dezember dez δεκεμβρίου δεκέμβριος δεκ",
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

"""The words with which pages say who wrote an article, in the languages of news: parts of patterns, in small letters.

Here: the words. Not here: what stands around them in a byline (`pipeline/document/metadata`).
"""

from typing import Final

# "Author", with and without the text that is meant.
AUTHOR: Final = (
    r"(?:автор(?:лары?|к[аи]|[аиы])?|аўтар(?:ка|ы)?|аутори?|authors?|auteurs?|autor(?:k[aiy]|zy|in|en|es|as|i|a|e)?|"
    r"作者|撰文|記者|记者|责编|责任编辑)"
    r"(?: (?:текста|статьи|материала|публикации|тексту|статті))?"
)
BY: Final = r"(?:(?:(?:article|words|story|text) )?(?:(?:written|posted|reported) )?by|von|par|por)"
# The text of a link to all that an author wrote.
ALL_OF: Final = (
    r"(?:[^\W\d_]+ ){0,2}(?:(?:posts|articles|stories) by|beiträge von|articles (?:de|par)|artículos de|"
    r"(?:записи|статьи|материалы) автора|(?:записи|статті|матеріали) автора)"
)
TEXT: Final = r"(?:текст|тэкст|мәтін|слова|text|words|story|tekst)"
# Who wrote, recorded or prepared a text, by the verb.
MADE: Final = (
    r"(?:записа[влў]?[аи]?|запісала?|жазып алған|zapisal[aei]|пише|пиша|piše|беседовал[аи]?|розмовля(?:в|ла)|"
    r"размаўля(?:ў|ла)|гутары(?:ў|ла)|пагутары(?:ў|ла)|апытваў|әңгімелескен|разговара[оа]|разговарал[аи]|"
    r"razgovara(?:[oи][aei]?|li)|разговора? води(?:о|ла)|подготови(?:в|л[аи]?)|подготви(?:л[аи]?)?|"
    r"підготува(?:в|ла|ли)|падрыхтава(?:ў|ла|лі)|дайындаған|әзірлеген|припреми(?:о|ла)|pripremi(?:o|la|li)|зададе|додал[аи]|додав|"
    r"вед[её]т|веде|вядзе|вела|на лини[ия]|на лінії)"
)
# What a person who writes is, as a stem; in English what kind of one stands before it: "Senior Autos Reporter".
WRITERS: Final = (
    *("корреспондент", "кореспондент", "кореспондент", "карэспандэнт", "спецкор", "собкор", "журналист", "журналіст"),
    *("обозреват", "оглядач", "аглядальн", "репортер", "репортёр", "репортьор", "рэпарцёр", "колумнист", "колумніст"),
    *("новинар", "дописни", "тілші", "шолушы", "novinar", "dopisnik", "dziennikar"),
)
ENGLISH_WRITERS: Final = ("correspondent", "reporter", "columnist", "staff writer")
WRITER: Final = f"(?:{'|'.join(WRITERS)})"
ENGLISH_WRITER: Final = f"(?:{'|'.join(ENGLISH_WRITERS)})"
EDITOR: Final = r"(?:редактор|рэдактар|уредни|urednik|redaktor)"

"""The phrases that pages put around articles, as data, by their rule.

The only logic is the split of the lists into phrases. Only general words of a language are allowed here. The host
profile learns the name and the slogan of a single outlet from its pages.
"""

from typing import Final


def _phrases(*lists: str) -> frozenset[str]:
    return frozenset(phrase.strip() for text in lists for phrase in text.split(",") if phrase.strip())


# A block that begins with one of these is no article, whatever follows. by_words.py limits its length.
OPENERS: Final[dict[str, frozenset[str]]] = {
    "share-bar": _phrases(
        "поделиться, поделись, поделитесь, отправить ссылку, добавить в закладки, отправить по почте",
        "поділитися, поширити, падзяліцца, падзяліся, бөлісу, бөлісіңіз, сілтемені көшіру, share this",
        "share on, share via, share with, share article, share story, email this, print this",
        "click to share, tweet this, udostępnij, podziel się, teilen auf, artikel teilen, κοινοποίηση",
        "скопировать ссылку, скапіраваць спасылку, скопіювати посилання, copy link, partager sur",
    ),
    "read-also": _phrases(
        "читайте также, читать также, читайте ещё, читайте еще, читайте по теме, читайте нас",
        "смотрите также, смотри также, см также, ещё по теме, еще по теме, материалы по теме",
        "ссылки по теме, новости по теме, похожие новости, похожие материалы, другие новости",
        "другие материалы, больше новостей, все новости, читайте подробнее, читать далее",
        "читать полностью, подробнее по теме, статьи по теме, сюжеты по теме, читайте також, читати далі",
        "дивіться також, більше новин, новини за темою, схожі новини, чытайце таксама, глядзіце таксама",
        "больш навін, тағы оқыңыз, сондай ақ оқыңыз, оқи отырыңыз, толығырақ оқу, тақырып бойынша",
        "ұқсас жаңалықтар, басқа жаңалықтар, барлық жаңалықтар, read also, see also, also read, read more",
        "read next, related articles, related stories, related content, related news, related posts",
        "related topics, more on this, more from, more stories, more news, you may also like",
        "you might also like, recommended for you, recommended stories, most popular, most read",
        "most viewed, latest news, latest stories, top stories, continue reading, czytaj także",
        "czytaj też, czytaj więcej, zobacz także, zobacz też, zobacz również, więcej na temat",
        "lesen sie auch, mehr zum thema, mehr dazu, auch interessant, das könnte sie auch, lire aussi",
        "читайте, прочетете още, вижте още, виж още, прочитајте и, прочитајте још, толығырақ",
        "à lire aussi, leer también, leggi anche, lees ook, διαβάστε επίσης, διαβαστε ακομα, les også",
    ),
    "comment-prompt": _phrases(
        "оставить комментарий, оставьте комментарий, добавить комментарий, написать комментарий",
        "ваш комментарий, обсудить на форуме, обсудить в, чтобы оставить комментарий, комментировать",
        "комментарии к, чтобы комментировать, для комментирования, нет комментариев",
        "комментариев пока нет, пока нет комментариев, залишити коментар, додати коментар",
        "написати коментар, коментарів немає, пакінуць каментар, пікір қалдыру, пікір жазу, пікір қосу",
        "пікірлер жоқ, leave a comment, leave a reply, post a comment, add a comment, write a comment",
        "join the conversation, log in to comment, sign in to comment, no comments, comments are",
        "comments for this, comments on this, comments closed, all comments, see all comments",
        "комментариев к, комментарии закрыты, все комментарии, смотреть все комментарии",
        "добавьте комментарий, view comments, show comments, add your comment, have your say",
        "dodaj komentarz, skomentuj, napisz komentarz, kommentar schreiben, kommentar verfassen",
        "diskutieren sie, laisser un commentaire, προσθήκη σχολίου",
    ),
    "support-bar": _phrases(
        "поддержать, поддержите нас, поддержи нас, поддержите редакцию, помочь проекту, пожертвовать",
        "стать спонсором, оформить подписку, підтримати, підтримайте нас, підтримай, задонатити",
        "падтрымаць, падтрымайце нас, қолдау көрсету, donate, support us, support our, become a member",
        "make a donation, become a patron, wesprzyj, wspieraj nas, spenden, unterstützen sie uns",
        "подписывайтесь на, подписывайся на, подпишитесь на, подписаться на, подпишись на",
        "следите за нами, присоединяйтесь к нам, мы в социальных, мы в соцсетях, наш телеграм",
        "наш telegram, читайте нас в, підписуйтесь на, підписуйся на, підпишіться на, стежте за нами",
        "падпісвайцеся на, падпішыцеся на, жазылыңыз, бізге жазылыңыз, telegram каналымызға",
        "біздің telegram, subscribe to our, subscribe now, subscribe to, sign up for, sign up to",
        "follow us, follow me on, join us on, join our, like us on, get our newsletter, get the latest",
        "never miss a, to continue reading, already a subscriber, zapisz się, obserwuj nas, polub nas",
        "dołącz do nas, folgen sie uns, jetzt abonnieren, newsletter, рассылка, узнавайте новости",
        "хотите получать, установите наше приложение, скачать приложение",
    ),
    "credit": _phrases(
        "фото, фота, фотография, фотограф, видео, изображение, иллюстрация, скриншот, коллаж, кадр из",
        "фото использовано, фото с сайта, снимок, инфографика, світлина, відео, зображення, здымак, відэа",
        "фотасурат, photo, photo by, photos by, photo credit, photograph, image credit, image source",
        "images, video by, photo courtesy, image courtesy, getty images, picture by, credit, foto, fot",
        "zdjęcie, źródło zdjęcia, bild, quelle, φωτογραφία, фото из открытых источников, сурет, видео из",
        "источник фото",
    ),
    "legal": _phrases(
        "все права защищены, усі права захищено, перепечатка, использование материалов",
        "копирование материалов, при использовании материалов, при копировании, при цитировании",
        "при перепечатке, при полном или частичном, любое использование материалов",
        "свидетельство о регистрации, зарегистрировано федеральной, учредитель, редакция не несет",
        "редакция не несёт, мнение редакции, за содержание рекламы, сетевое издание",
        "политика конфиденциальности, пользовательское соглашение, використання матеріалів, передрук",
        "барлық құқықтар қорғалған, материалдарды пайдалану, all rights reserved, copyright, terms of",
        "privacy policy, cookie policy, this website uses cookies, we use cookies, by using this site",
        "this site uses, this material may not, reproduction of, wszelkie prawa, alle rechte, tous droits",
        "мы используем файлы, сайт использует, на сайте используются, цей сайт використовує",
    ),
    "pagination": _phrases(
        "страницы, страница, сторінки, сторінка, старонкі, беттер, pages, page, strona, strony, seite",
        "σελίδα, предыдущая, следующая, попередня, наступна, previous, next, older posts, newer posts",
        "вперёд, вперед",
    ),
}

# A block that consists of one of these alone, apart from numbers and punctuation.
WHOLE: Final[dict[str, frozenset[str]]] = {
    "comment-prompt": _phrases(
        "комментарии, комментарий, комментариев, комментария, обсуждение, обсудить, отзывы",
        "мнения читателей, комментарии читателей, ваше мнение, коментарі, коментар, каментары, пікірлер",
        "пікір, талқылау, comments, comment, discussion, reader comments, responses, replies, reply",
        "ответить, відповісти, odpowiedz, zgłoś, цитировать, пожаловаться, цитувати, адказаць, жауап беру",
        "antworten, répondre, responder, cytuj, report abuse, последние комментарии, komentarze",
        "komentarz, opinie, kommentare, commentaires, σχόλια, comentarios",
    ),
    "read-also": _phrases(
        "по теме, на эту тему, тема, темы, теги, тэги, метки, ещё, еще, далее, подробнее, ссылки, похожее",
        "популярное, популярные, самое читаемое, самое популярное, читаемое, лучшее, рекомендуем",
        "выбор редакции, последние новости, свежие новости, лента новостей, новости партнёров",
        "новости партнеров, главные новости, теми, тег, популярне, останні новини, головне, стрічка новин",
        "рекомендуємо, папулярнае, апошнія навіны, тақырып, тегтер, соңғы жаңалықтар, басты жаңалықтар",
        "танымал, ең көп оқылған, жаңалықтар, related, popular, trending, recommended, tags, tag, topics",
        "more, latest, recent posts, recent articles, editors picks, editor s picks, must read",
        "in this story, sponsored, links, tagi, popularne, polecane, najnowsze, zobacz, themen, mehr",
        "meistgelesen, schlagwörter, empfohlen, featured articles, categories",
    ),
    "share-bar": _phrases(
        "share, tweet, email, print, facebook, twitter, telegram, whatsapp, viber, linkedin, pinterest",
        "reddit, вконтакте, одноклассники, инстаграм, instagram, youtube, копировать, распечатать",
        "версия для печати, друк, drukuj, drucken, печать, teilen, partager, udostępnij, share this page",
        "rss, x, vk, ok",
    ),
    "widget-label": _phrases(
        "события дня, новости дня, тема дня, фото дня, видео дня, цитата дня, итоги дня, главное за день",
        "главное, новости, видео, фото, галерея, фотогалерея, опрос, опросы, погода, курс валют",
        "курсы валют, гороскоп, календарь, афиша, архив, интервью, спецпроекты, мнения, колонки, партнёры",
        "партнеры, события, новини, події дня, новини дня, відео, навіны, падзеі дня, күн жаңалықтары",
        "күн оқиғалары, ауа райы, валюта бағамы, сауалнама, бейне, картина дня, news, video, videos",
        "photos, gallery, weather, poll, calendar, archive, horoscope, photo of the day, quote of the day",
        "news of the day, today, watch, listen, live, wideo, galeria, pogoda, wetter, bilder, реклама",
        "рекламодателям, на правах рекламы, рэклама, жарнама, advertisement, advertising, ad, anzeige",
        "reklama, werbung, публикуется на правах рекламы, сообщить об ошибке, нашли ошибку, контакты",
        "о нас, о проекте, редакция, подписка, подписаться, войти, вход, регистрация, выйти, поиск, меню",
        "закрыть, наверх, вверх, назад, на главную, главная, загрузка, увійти, вхід, пошук, головна",
        "про нас, кіру, тіркелу, іздеу, басты бет, мәзір, біз туралы, байланыс, home, menu, search, close",
        "login, log in, sign in, sign up, register, subscribe, contact, contact us, about, about us, help",
        "skip to content, skip to main content, back to top, top, loading, newsletter, newsletters",
        "follow, save, szukaj, zaloguj, zaloguj się, kontakt, o nas, strona główna, suche, anmelden",
        "impressum, datenschutz, startseite, nach oben, просмотров, просмотры, просмотреть, перегляди",
        "қаралым, views, показать ещё, показать еще, load more, show more, see all, view all",
        "mehr anzeigen, pokaż więcej, αρχική, επικοινωνία, αναζήτηση",
    ),
}

# Phrases about the site and not about news, anywhere in a block: (rule, most words of the block, phrases).
INSIDE: Final[tuple[tuple[str, int, frozenset[str]], ...]] = (
    ("legal", 120, _phrases(
        "все права защищены, все права на материалы, усі права захищ, барлық құқықтар қорғал",
        "all rights reserved, при полном или частичном использовании, при использовании материалов",
        "использование материалов допускается, использование материалов разрешается",
        "использовании материалов сайта, гиперссылка на, гиперссылки на, активная ссылка на",
        "без письменного согласия, без письменного разрешения, свидетельство о регистрации",
        "зарегистрировано федеральной службой, эл № фс, эл №фс, мнение редакции может не совпадать",
        "редакция не несет ответственност, редакция не несёт ответственност, за достоверность рекламы",
        "функции иностранного агента, созданы и (или) распространены иностранн, использует файлы cookie",
        "політика конфіденційності, обов'язкове посилання, гіперпосилання, сілтеме жасау міндетті",
        "тіркеу туралы куәлік, redistributed without permission, responsible for the content of",
        "page is best viewed, terms and conditions apply, we use cookies, uses cookies",
        "contains affiliate links, affiliate commission, powielany i rozpowszechniany",
        "wszelkie prawa zastrzeżone, wszystkie prawa zastrzeżone, regulamin serwisu",
        "alle rechte vorbehalten, tous droits réservés, todos los derechos reservados",
        "todos os direitos reservados, απαγορευεται η αναδημοσ, απαγορεύεται η αναδημοσ",
        "版权所有, 未经授权, 未經授權",
        "免责声明, 不代表本网, 不代表本站, 本网转载, 严禁转载, 转载请注明, 无断转载, 無断転載",
    )),
    ("legal", 45, _phrases(
        "terms of service, terms of use, privacy policy, cookie policy, affiliate links",
        "earn a commission, may not be published, политика конфиденциальности, polityka prywatności",
        "политикой конфиденциальности, пользовательское соглашение, политику конфиденциальности",
        "datenschutzerklärung",
    )),
    ("support-bar", 25, _phrases(
        "наш telegram, нашем telegram, наш телеграм, нашем телеграм, нашего telegram, нашу рассылку",
        "нашей рассылк, наших социальных сетях, наши новости в, нас в google, нас в яндекс, наш youtube",
        "наш viber, наш whatsapp, нашому telegram, нашого telegram, нашу розсилку, нашага тэлеграм",
        "наш тэлеграм, біздің telegram, telegram каналымызға, telegram арнамызға, our newsletter",
        "our telegram, follow us on, subscribe to our, join our telegram, our whatsapp, nasz newsletter",
        "naszego newslettera, unseren newsletter, unserem newsletter, notre newsletter",
    )),
    ("widget-label", 40, _phrases(
        "ctrl+enter, ctrl + enter, нашли ошибку, заметили ошибку, нашли опечатку, знайшли помилку",
        "помітили помилку, знайшлі памылку, заўважылі памылку, қате таптыңыз, enable javascript",
        "включите javascript, your browser does not support, ваш браузер не поддерживает",
        "was this article helpful",
    )),
)  # fmt: skip

# Labels of a form's e-mail field: a block that consists of one of these alone.
ADDRESS_FIELDS: Final[frozenset[str]] = _phrases(
    "enter your email, enter your e mail, enter your email address, enter your e mail address",
    "enter email address, enter your email here, enter your email to subscribe, your email, your e mail",
    "your email address, your e mail address, email address, e mail address, type your email",
    "enter a valid email address, please enter your email address, please enter a valid email address",
    "введите email, введите e mail, введите ваш email, введите ваш e mail, введите свой email",
    "введите свой e mail, введите адрес электронной почты, введите ваш адрес электронной почты",
    "введите свой адрес электронной почты, укажите email, укажите e mail, укажите ваш email",
    "укажите ваш e mail, укажите свой email, укажите адрес электронной почты, ваш email, ваш e mail",
    "ваша почта, ваша электронная почта, ваш адрес электронной почты, адрес электронной почты",
    "электронная почта, введіть email, введіть e mail, введіть ваш email, введіть ваш e mail",
    "введіть свій email, введіть свій e mail, введіть адресу електронної пошти",
    "введіть вашу електронну пошту, введіть свою електронну пошту, вкажіть ваш email",
    "вкажіть ваш e mail, вкажіть свій email, вкажіть адресу електронної пошти, ваша електронна пошта",
    "ваша електронна адреса, адреса електронної пошти, електронна пошта, увядзіце email",
    "увядзіце e mail, увядзіце ваш email, увядзіце ваш e mail, увядзіце свой email",
    "увядзіце адрас электроннай пошты, увядзіце свой адрас электроннай пошты, ваша электронная пошта",
    "ваш адрас электроннай пошты, адрас электроннай пошты, электронная пошта",
    "email енгізіңіз, e mail енгізіңіз, email мекенжайыңызды енгізіңіз, электрондық пошта",
    "электрондық поштаңыз, электрондық поштаңызды енгізіңіз, электрондық пошта мекенжайы",
    "электрондық пошта мекенжайыңыз, электрондық пошта мекенжайыңызды енгізіңіз, поштаңызды енгізіңіз",
    "podaj e mail, podaj swój e mail, podaj swój email, podaj adres e mail, podaj swój adres e mail",
    "wpisz swój e mail, wpisz adres e mail, wpisz swój adres e mail, twój e mail, twój email",
    "twój adres e mail, adres e mail, zadejte svůj e mail, váš e mail, zadajte svoj e mail",
    "e mail adresse, ihre e mail, ihre e mail adresse, deine e mail adresse, e mail adresse eingeben",
    "e mail eingeben, ihre e mail adresse eingeben",
    "votre e mail, votre email, votre adresse e mail, votre adresse email, adresse e mail",
    "adresse email, entrez votre adresse e mail, entrez votre adresse email, saisissez votre e mail",
    "tu email, tu correo electrónico, su correo electrónico, correo electrónico",
    "introduce tu email, introduce tu correo electrónico, introduzca su correo electrónico",
    "la tua email, la tua e mail, il tuo indirizzo email, indirizzo email",
    "inserisci la tua email, inserisci il tuo indirizzo email, seu e mail, digite seu e mail",
    "o seu e mail, jouw e mailadres, je e mailadres, uw e mailadres, vul je e mailadres in",
    "вашият имейл, въведете вашия имейл, въведете имейл, ваш имејл, το email σας, εισάγετε το email σας",
)

# Offers of a newsletter, in a block of at most INBOX_WORDS words without a quotation.
INBOX_WORDS: Final = 25
INBOX: Final[frozenset[str]] = _phrases(
    "delivered to your inbox, straight to your inbox, directly to your inbox, direct to your inbox",
    "right to your inbox, sent to your inbox, delivered straight to your, delivered directly to your",
    "delivered right to your, in your inbox every, in your inbox each, to your inbox every",
    "to your inbox each, in your inbox daily, to your inbox daily, in your inbox weekly",
    "to your inbox weekly, unsubscribe at any time, unsubscribe at anytime, you can unsubscribe",
    "отписаться можно в любой, отписаться в любой момент, прямо на вашу почту, прямо на ваш email",
    "прямо на ваш e-mail, прямо в ваш почтовый ящик, прямо в вашем почтовом ящике, відписатися можна в будь",
    "відписатися в будь, просто на вашу пошту, прямо на вашу пошту, просто на вашу поштову скриньку",
    "адпісацца ў любы, проста на вашу пошту, прямо на вашу скриньку, поштаңызға келеді",
    "prosto na twoją skrzynkę, prosto na twojego maila, na twoją skrzynkę mailową",
    "direkt in ihr postfach, direkt in dein postfach, jederzeit abbestellen, jederzeit abbestellbar",
    "directement dans votre boîte, désinscrire à tout moment, directamente en tu correo",
    "directamente a tu correo, en tu bandeja de entrada, direttamente nella tua casella",
    "rechtstreeks in je inbox, direct in je inbox, direct in jouw inbox",
)

# The end of a caption, before the name of the photographer.
CREDIT_TAILS: Final = _phrases(
    "фото, фота, видео, фото и видео, иллюстрация, скриншот, світлина, відео, ілюстрація, сурет, фотасурат",
    "здымак, photo, photos, photo credit, image, image credit, credit, picture, pic, foto, bild, fot.",
    "zdjęcie, φωτό",
)

# Scripts without spaces: the beginnings of a block of at most `_DENSE_LIMIT` words (by_words.py).
DENSE_OPENERS: Final[dict[str, tuple[str, ...]]] = {
    "share-bar": ("分享到", "分享", "转发", "收藏", "打印", "シェア", "分享至", "转播到"),
    "read-also": ("相关新闻", "相关阅读", "相关专题", "相关文章", "相关报道", "推荐阅读", "延伸阅读", "更多",
                  "热点推荐", "热门", "精彩推荐", "新闻排行", "相关链接", "关键词", "标签",
                  "相关热词", "関連記事"),
    "comment-prompt": ("发表评论", "网友评论", "我要评论", "评论", "查看评论", "已有", "留言", "コメント"),
    "legal": ("版权", "免责声明", "声明", "京ICP", "Copyright", "未经授权", "本网站", "凡本网", "特别声明"),
    "credit": ("资料图", "图片来源", "图为", "来源：", "来源:", "作者：", "编辑：", "责任编辑",
               "(责任编辑", "（责任编辑",
               "责编", "写真", "【责任编辑", "[责任编辑", "编辑:", "作者:"),
    "pagination": ("上一页", "下一页", "上一篇", "下一篇", "首页", "第1页", "返回"),
}  # fmt: skip

# A date bar consists of these words, digits and punctuation.
DATE_WORDS: Final[frozenset[str]] = _phrases(
    "января, февраля, марта, апреля, мая, июня, июля, августа, сентября, октября, ноября, декабря, январь",
    "февраль, март, апрель, май, июнь, июль, август, сентябрь, октябрь, ноябрь, декабрь, понедельник",
    "вторник, среда, четверг, пятница, суббота, воскресенье, пн, вт, ср, чт, пт, сб, вс, г, год, года",
    "сегодня, вчера, мск, время, в, от, обновлено, опубликовано, последнее, обновление, публикации, дата",
    "назад, час, часа, часов, минут, минуты, минуту, дня, дней, день, просмотров, січня, лютого, березня",
    "квітня, травня, червня, липня, серпня, вересня, жовтня, листопада, грудня, понеділок, вівторок",
    "середа, четвер, п'ятниця, пятниця, субота, неділя, сьогодні, вчора, оновлено, рік, року, студзеня",
    "лютага, сакавіка, красавіка, траўня, чэрвеня, ліпеня, жніўня, верасня, кастрычніка, лістапада",
    "снежня, панядзелак, аўторак, серада, чацвер, пятніца, нядзеля, сёння, қаңтар, ақпан, наурыз, сәуір",
    "мамыр, маусым, шілде, тамыз, қыркүйек, қазан, қараша, желтоқсан, жыл, жылы, дүйсенбі, сейсенбі",
    "сәрсенбі, бейсенбі, жұма, сенбі, жексенбі, бүгін, кеше, january, february, march, april, may, june",
    "july, august, september, october, november, december, jan, feb, mar, apr, jun, jul, aug, sep, sept",
    "oct, nov, dec, monday, tuesday, wednesday, thursday, friday, saturday, sunday, mon, tue, wed, thu",
    "fri, sat, sun, am, pm, gmt, utc, est, edt, et, ist, at, on, updated, published, posted, last",
    "modified, date, today, yesterday, ago, hours, hour, minutes, min, days, day, th, st, first, the",
    "read, z, t, of, styczeń, stycznia, lutego, marca, kwietnia, maja, czerwca, lipca, sierpnia, września",
    "października, listopada, grudnia, poniedziałek, wtorek, środa, czwartek, piątek, sobota, niedziela",
    "r, godz, dodano, aktualizacja, januar, februar, märz, mai, juni, juli, oktober, dezember, montag",
    "dienstag, mittwoch, donnerstag, freitag, samstag, sonntag, uhr, stand, ιανουαρίου, δευτέρα, τρίτη",
    "τετάρτη, πέμπτη, παρασκευή, σάββατο, κυριακή, 年, 月, 日",
)

# A line that begins with one of these is a byline and no headline.
BYLINE_WORDS: Final[frozenset[str]] = _phrases(
    "by, written, posted, автор, авторы, текст, подготовил, подготовила, беседовал, беседовала, von",
    "autor, oprac, автори, аўтар, par, por, reporter, корреспондент, источник, джерело, крыніца, дереккөз",
    "source, źródło, 记者, 記者, 来源, 來源, 作者, 本报记者",
    "reading, filed, edited, reviewed, tested, contributing",
)

# A sentence at the end of a paragraph that begins with one of these does not belong to the paragraph.
TAIL_PROMPTS: Final[frozenset[str]] = _phrases(
    "читайте также, читайте ещё, читайте еще, смотрите также, подписывайтесь на, подпишитесь на",
    "читайте нас в, підписуйтесь на, підпишіться на, читайте також, чытайце таксама, падпісвайцеся на",
    "тағы оқыңыз, read also, read more:, see also:, follow us on, subscribe to our, czytaj także",
    "czytaj też, lesen sie auch",
)

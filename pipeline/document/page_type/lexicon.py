"""The vocabulary of pages that stand in for an article, as data: stems by concept, in seventeen languages.

A stem names a concept, never a whole sentence: `sentences.py` recognizes a kind of page by concepts that meet in one
sentence ("page" with "not" and "found"). So other wordings of the same message are recognized as well.

`word*` matches the beginning of a word, `word` a whole word, and an entry with spaces a run of words. In scripts
without spaces, an entry matches anywhere. Only general words of a language are allowed here. Arabic joins the article
and short prepositions to a word; `spellings` adds them.
"""

from collections.abc import Iterator
from enum import IntFlag, auto
from typing import Final


class Concept(IntFlag):
    """Concepts of the messages with which sites put off a reader."""

    PAGE = auto()  # what a reader asked for: a page, an article, a link
    SITE = auto()  # the site or service itself
    MISSING = auto()  # removed, moved, unavailable
    NOT = auto()
    FIND = auto()  # to find, to exist, to be available, to be requested
    ERROR = auto()
    BACK = auto()  # advice: go back, search, check the address, try again
    YOU = auto()  # the reader is addressed
    WE = auto()  # the site speaks of itself
    COOKIE = auto()
    AGREE = auto()  # to accept, refuse, withdraw; consent
    DATA = auto()  # personal data, identifiers, devices
    ADS = auto()  # advertising, partners, measurement
    BROWSER = auto()
    ROBOT = auto()  # robots, captchas, attacks
    HUMAN = auto()
    VERIFY = auto()
    WAIT = auto()  # wait a moment, automatically, redirected
    SCRIPT = auto()  # JavaScript
    ENABLE = auto()  # to switch on or off
    LOG_IN = auto()
    PASSWORD = auto()
    ACCOUNT = auto()  # accounts and their registration
    SUBSCRIBE = auto()
    READ_ON = auto()  # to read on, in full
    PRICE = auto()  # per month, trial, for free
    WORKS = auto()  # maintenance
    BRIEFLY = auto()  # temporarily, soon
    DOMAIN = auto()
    SALE = auto()  # for sale, parked, expired
    PLACE = auto()  # region, country
    BARRED = auto()  # blocked, restricted
    LAW = auto()  # by law, by decision of an authority
    ACCESS = auto()
    CONTINUE = auto()
    REPORT = auto()  # said, according to
    HOW = auto()  # how, why: the titles of guides
    SMALL = auto()  # words without content, and courtesies


# "And", "with", "to" and the article before an Arabic word, as its first letters.
_JOINED: Final = ("ال", "و", "وال", "ب", "بال", "ل", "لل")


def spellings(entry: str) -> Iterator[str]:
    """Yield the forms of a word under which a text may have it."""
    yield entry
    if "\u0600" <= entry[:1] <= "\u06ff" and " " not in entry:
        yield from (joined + entry for joined in _JOINED)


STEMS: Final[dict[Concept, tuple[str, ...]]] = {
    Concept.PAGE: (
        "page, pages, webpage*, url, urls, article, articles, story, content, document, file, resource, post",
        "address, страниц*, ссылк*, адрес, адреса, адресу, адресе, материал*, документ, статья, статьи, статью",
        "публикаци*, запись, раздел, раздела, новость, контент*, ресурс*, файл, сторінк*, посиланн*, адресою",
        "матеріал*, стаття, статті, статтю, публікаці*, публікацы*, запис, розділ, новина, новину, старонк*",
        "спасылк*, адрас*, матэрыял*, дакумент, артыкул*, запіс, навіна, навіну, бет, бетті, беті, бетке, беттің",
        "парақша*, сілтеме*, мекенжай*, мақала*, құжат, жазба*, жаңалық, seite, seiten, webseite, artikel, inhalt",
        "inhalte, dokument, beitrag, adresse, datei, lien, liens, contenu, contenus, publication, página*, pagina",
        "pagine, enlace*, dirección, artículo*, contenido*, documento*, recurso*, noticia, indirizzo, articolo",
        "contenuto, contenuti, risorsa, notizia, stron, strona, strony, stronę, stronie, adresu, artykuł*, treść",
        "treści, zasób, zasobu, wpis, link*, endereço*, artigo*, conteúdo*, notícia, σελίδα*, σελίδες, σελιδα",
        "σύνδεσμο*, διεύθυνση, διεύθυνσης, άρθρο, άρθρου, περιεχόμενο, περιεχομένου, sayfa*, bağlantı*, adres",
        "adresi, adresini, içerik, içeriğ*, makale*, haber, haberi, belge, 页面, 網頁, 网页, 頁面, 链接, 鏈接",
        "連結, 文章, 内容, 內容, 网址, 網址, ページ, 記事, リンク, コンテンツ, アドレス, artikelen, sidan, sida",
        "siden, side, stránk*, článk*, odkaz*, oldal*, sivu*, статията, paginii, vsebin*, рэсурс*, інфармацыйн*",
        "информационн*, інформаційн*, видео, відео, відэа, video, vidéo, wideo",
        "صفحة, صفحات, رابط, روابط, مقال, مقالة, محتوى, عنوان, مادة, خبر",
    ),
    Concept.SITE: (
        "website*, service, services, server, portal, page, сайт*, портал*, сервис*, сервер*, сервіс*, сэрвіс*",
        "сэрвер*, вебсайт*, webseite, webauftritt, dienst, seite, serveur, sitio, web, servicio, servidor, sito",
        "servizio, serwis*, serwer*, witryn*, sítio, serviço, ιστότοπο*, ιστοσελίδ*, ιστοσελιδ*, υπηρεσία",
        "διακομιστή*, σελίδα, site*, sunucu*, hizmet*, 网站, 網站, 本站, 服务, 服務, 伺服器, サイト, サービス",
        "サーバ, our team, стартов*, веб сайт*, онлайн, online, on line, aplicaci*, application, aplikac*",
        "anwendung, applicazione, uygulama, app, приложени*, застосун*",
        "موقع, خدمة, خدمات, خادم, منصة, بوابة",
    ),
    Concept.MISSING: (
        "missing, removed, deleted, moved, expired, gone, broken, renamed, unavailable, disappeared, invalid",
        "incorrect, nonexistent, withdrawn, relocated, archived, outdated, удален*, удалил*, перемещ*, перенес*",
        "отсутству*, устарел*, недоступ*, несуществу*, переехал*, снят*, неверн*, неправильн*, переименов*",
        "потерял*, исчез*, видален*, переміщ*, відсутн*, застаріл*, неіснуюч*, зникл*, невірн*, выдален*",
        "перамешч*, перанес*, адсутн*, састарэл*, недаступн*, знікл*, няправільн*, жойыл*, өшіріл*, көшіріл*",
        "ауыстырыл*, табылма*, ескір*, жарамсыз, қолжетімсіз, entfernt*, gelöscht*, verschoben*, umgezogen, fehlt",
        "veraltet*, umbenannt, unauffindbar, ungültig*, introuvable*, supprim*, déplac*, disparu*, inexistant*",
        "retir*, indisponible*, expiré*, eliminad*, borrad*, movid*, inexistent*, caducad*, desaparec*, rimoss*",
        "eliminat*, spostat*, cancellat*, scadut*, inesistent*, usunięt*, przenies*, skasowan*, nieistniej*",
        "nieaktualn*, wygas*, niedostępn*, removid*, excluíd*, apagad*, expirad*, indisponív*, διαγράφ*, διαγραφ*",
        "μετακιν*, αφαιρ*, μεταφερ*, καταργ*, silin*, taşın*, kaldırıl*, bulunam*, bulunmad*, bulunmamak*",
        "bulunmuyor*, ulaşılam*, erişilem*, 不存在, 已删除, 被删除, 已移除, 找不到, 未找到, 没有找到, 无法找到",
        "失效, 丢失, 已刪除, 被刪除, 走丢, 消失, 下架, 移除, 無法找到, 见当たり, 見つかりません",
        "見つかりませんでした, 削除, 移動, 存在しません, 見当たりません, verplaatst, verwijderd, bestaat niet",
        "flyttats, tagits bort, flyttet, slettet, odstraněn*, přesunut*, neexist*, nenalezen*, преместен*",
        "изтрит*, mutat*, ștears*, eltávolít*, áthelyez*, poistettu, siirretty, скрыт*, закрыт*, архив*, архів*",
        "حذف*, نقل*, إزالت*, أزيل*, غير موجود*, غير متاح*, غير متوفر*, معطل*, مفقود*, انتهت",
        "تغير*",
    ),
    Concept.NOT: (
        "not, no, t, cannot, nothing, without, unable, failed, не, нет, нету, ничего, нельзя, невозможно, немає",
        "нема, неможливо, нічого, няма, нельга, немагчыма, нічога, емес, жоқ, мүмкін емес, nicht, kein*, leider",
        "konnte*, ne, n, pas, aucun*, impossible, ningun*, ningún, non, nessun*, impossibile, nie, brak",
        "niemożliw*, não, nenhum*, δεν, δε, αδύνατ*, yok, değil, 不, 无法, 無法, 没有, 未能, ません, できない",
        "niet, geen, inte, ikke, ei, není, nebyl*, nelze, nu, nincs, nem, щось, nic, rien, nada, nulla, niente",
        "غير, لا, لم, لن, ليس*, تعذر*, يتعذر, veremiyor*, edilemiyor*, edilemedi*, gösterilem*",
        "yüklenem*, açılam*",
    ),
    Concept.FIND: (
        "found, find, available, locate*, reach*, seem*, looking, requested, request, access*, load*, найден*",
        "найти, нашл*, существу*, доступн*, обнаруж*, открыт*, запрашива*, запрошен*, искали, ищете, искомая",
        "загруз*, знайден*, знайти, знайшл*, існу*, запит*, шукаєте, шукали, знойдзен*, знайсці, даступн*, запыт*",
        "шукаеце, шукалі, завантаж*, загруж*, табыл*, қолжетімді, сұра*, іздеген*, іздеп, ашыл*, жүктел*",
        "gefunden, finden, verfügbar*, erreichbar*, auffindbar, vorhanden, aufgerufen*, angefordert*, gesucht*",
        "suchen, geladen, trouv*, exist*, disponib*, demand*, cherch*, charg*, encontr*, halla*, solicit*, buscas",
        "buscaba, buscando, trovat*, trovar*, esist*, richiest*, cercat*, cerchi, cercando, caricat*, znale*",
        "znajd*, istniej*, dostępn*, szukasz, szukan*, żądan*, wczyta*, disponív*, procura*, acessa*, βρέθηκ*",
        "βρεθ*, βρούμε, βρίσκ*, υπάρχ*, διαθέσιμ*, ζητ*, αναζητάτε, ψάχνετε, φορτω*, bulun*, mevcut*, aradığınız",
        "aramış, istediğiniz, yüklen*, 访问的, 訪問的, 请求的, 查找的, 您要找的, お探し, 指定された, アクセス",
        "gone, looked, asked, verschwunden, gibt es, gibt, appears, anymore, longer, any more, gevonden, zoekt",
        "opgevraagde, hittades, hittar, söker, findes, fundet, leder, nalezen*, hledan*, hledáte, намерен*",
        "търсен*, съществува, găsit*, căuta*, található, keresett, löytynyt, löydy, etsimääsi, ищем, перейшли",
        "перешли, odnalezion*, odnaleźć, попасть, acced*, intentas, tippfehler, опечатк*, помилились, ошиблись",
        "trying, tried, jamais, never, cercarlo",
        "موجود*, متاح*, متوفر*, عثور, نعثر, تبحث, طلب*, مطلوب*, تحميل, تحميل*, isteğ*",
    ),
    Concept.ERROR: (
        "error, errors, oops, whoops, sorry, apologi*, wrong, http, uh, ouch, dang, ошибк*, упс, ой, извин*",
        "сожал*, проблем*, увы, пробач*, помилк*, вибач*, шкода, памылк*, прабач*, выбач*, қате*, кешіріңіз",
        "өкінішке, fehler*, hoppla, ups, huch, entschuldig*, verzeihung, schiefgelaufen, erreur*, oups, désolé*",
        "navré*, lo sentimos, sentimos, perdón, vaya, errore*, ops, spiacent*, scusa*, błąd, błęd*, przepraszamy",
        "przykro, ojej, erro, erros, opa, lamentamos, desculpe*, desculpa*, σφάλμα*, λάθος, λυπ*, συγγνώμη, ουπς",
        "hata*, üzgün*, maalesef, 错误, 錯誤, 出错, 抱歉, 对不起, 對不起, 很遗憾, エラー, 申し訳, 問題, oeps",
        "excuses, tyvärr, beklager, omlouv*, bohužel, съжалява*, rău, elnézés*, sajnál*, pahoittel*, tut uns leid",
        "leid, жаль, пошло не так, пішло не так, passiert, malheureusement, andato storto, storto, salió mal",
        "poszło nie tak, problème*, problem*, technisch*, неполадк*, негаразд*, сбой, збій, збой, утруднен*",
        "trudnieni*, utrudnienia",
        "خطأ, أخطاء, عذرا, عذراً, آسف*, sorun*, نأسف, نعتذر, مشكلة, للأسف",
    ),
    Concept.BACK: (
        "home, homepage, return*, back, search, check, typed, spelling, try, again, refresh, reload, go, visit",
        "browse, use, click, support, front, instead, below, вернут*, вернитесь, перейти, главн*, поиск*",
        "воспольз*, проверьте, попроб*, обнов*, набран*, нажм*, нажать, снова, назад, обратитесь, свяжитесь",
        "введит*, поверн*, перейд*, головн*, пошук*, скорист*, перевірте, спробуй*, онов*, натисн*, зверн*",
        "введіть, вярн*, перайд*, галоўн*, скарыст*, праверце, паспраб*, абнав*, націсн*, звярн*, увядз*, басты",
        "оралы*, қайт*, іздеу*, тексер*, көріңіз, басыңыз, пайдалан*, хабарлас*, startseite*, zurück*, suche",
        "suchfunktion*, prüfen, überprüfen, versuch*, klick*, wenden, kontakt*, geben, accueil, retour*",
        "recherche*, vérifi*, essay*, réessay*, cliqu*, contact*, inicio, volver, vuelv*, portada, buscador",
        "comprueb*, inténtal*, intent*, regres*, haz, haga, torna*, ricerca, verific*, controll*, prova*, riprov*",
        "clicc*, głown*, główn*, powr*, wróć, wyszukiw*, sprawdź, spróbuj*, skorzystaj, kliknij, skontaktuj*",
        "inicial, início, voltar, volte, pesquis*, tent*, αρχική*, επιστρ*, αναζήτησ*, ελέγξτε, δοκιμάσ*, πατήστε",
        "κάντε, επικοινων*, anasayfa*, dön*, geri, arama*, kontrol, deney*, tekrar, tıkla*, iletişim*, 首页, 首頁",
        "返回, 搜索, 搜尋, 检查, 檢查, 重试, 重試, 刷新, 联系, 聯絡, 点击, 點擊, トップ, ホーム, 戻る, お戻り",
        "検索, ご確認, クリック, もう一度, お問い合わせ, 再度, checkout, offline, menu, latest, leave",
        "let us know, напишите, сообщите, напишіть, schreiben, melden, terug, ga, startsidan, tillbaka, forsiden",
        "tilbage, přejděte, zpět, hlavní, начална, върнете, înapoi, vissza, főoldal*, etusivu*, palaa, zoek*",
        "helpful, hint, suggest*, наиболее, popular*, rendez, accéd*, geh*, besuch*, suivre, follow",
        "رئيسية, عودة, رجوع, ارجع, بحث, ابحث, حاول, محاولة, مرة أخرى, تحديث, yenile*, انقر, اضغط, تواصل",
    ),
    Concept.YOU: (
        "you, your, yours, yourself, please, вы, вас, вам, вами, ваш*, пожалуйста, ви, будь ласка, ласка, калі",
        "сіз, сізді*, сізге, өтін*, bitte, dein*, dir, dich, vous, votre, vos, veuillez, usted*, tu, tus, te",
        "por favor, favor, tuo, tua, tuoi, tue, vostr*, prego, twoj*, twój, twoim, twoich, prosimy, proszę",
        "państw*, cię, ciebie, você*, σας, εσείς, παρακαλ*, siz, sizin, lütfen, 您, 你, 请, 請, ください, 下さい",
        "お客様, あなた, ご利用, masz, możesz, chcesz, jesteś, widzisz, swoj*, swój, puedes, tienes, quieres",
        "eres, estás, puoi, hai, vuoi, sei, pode, podes, tens, μπορείτε, έχετε, θέλετε, κάντε, есть ли у вас",
        "ご了承, ご協力, uw, jouw, vám, vás, váš*, vaše, prosím, вие, моля, dumneavoastr*, dvs, kérjük, уважаем*",
        "шаноўны*, шановн*, құрметті, necesitas, debes, deseas, puede que, musisz, devi, devez, müssen sie, maybe",
        "думаете, считаете",
        "يمكنك, يرجى, رجاء, أنت, أنك, لديك, كنت, إليك, عليك, تريد, حسابك, متصفحك, جهازك, بريدك",
        "طلبك",
    ),
    Concept.WE: (
        "we, our, ours, us, мы, нас, нам, наш, наша, наше, наши, наших, нашего, нашей, нашем, нашими, нашу, ми",
        "нашого, нашому, нашої, наші, нашы, біз, біздің, бізге, бізден, wir, uns, unser*, nous, notre, nos",
        "nosotros, nuestr*, utilizamos, usamos, noi, nostr*, utilizziamo, usiamo, my, nasz*, używamy",
        "wykorzystujemy, stosujemy, nós, noss*, εμείς, μας, χρησιμοποιούμε, biz, bizim, kullanıyoruz, 我们, 我們",
        "本网站, 本網站, 当社, 当サイト, 本サイト, 弊社, przetwarzamy, przechowujemy, zapisujemy, prosimy",
        "conservamos, almacenamos, procesamos, mostramos, trattiamo, archiviamo, raccogliamo, szanujemy, cenimy",
        "respetamos, rispettiamo, respeitamos, σεβόμαστε, σας ζητάμε, 尊重您, wij, vår*, vores, naše, našich, ние",
        "нашите, noastr*",
        "نحن, موقعنا, خدماتنا, شركائنا, شركاؤنا, نستخدم, نقوم, نتحقق, نعمل, سنرسل, سنعود, لدينا",
        "نقدر, نحترم",
    ),
    Concept.COOKIE: (
        "cookie*, кук, куки, кукі, кукис, ciastecz*, traceur*, çerez*, кукилер*, クッキー, tracking, tracker*",
        "трекер*, бисквитк*, sütik, sütiket, evästeit*, informasjonskaps*, kakor, kaker",
        "كوكيز, ارتباط",
    ),
    Concept.AGREE: (
        "consent*, accept*, agree*, reject*, decline*, withdraw*, opt out, preferences, settings, choices, manage",
        "соглаша*, соглас*, принять, принима*, отклон*, отказ*, настро*, згод*, погодж*, прийня*, приймаю*",
        "відхил*, відмов*, налаштув*, прыня*, прыма*, адхіл*, адмов*, налад*, келіс*, қабылда*, бас тарт*",
        "баптау*, einwillig*, zustimm*, akzeptier*, ablehn*, widerruf*, einstellung*, einverstanden, refus*",
        "paramètr*, paramétr*, choix, retirer, acept*, rechaz*, configur*, preferencia*, consens*, accett*",
        "rifiut*, preferenz*, zgod*, zgadzasz, akceptu*, odrzu*, wycofa*, ustawieni*, aceit*, rejeit*, recus*",
        "preferênci*, συγκατ*, συναίνεσ*, συναιν*, αποδοχ*, αποδέχ*, απόρριψ*, απορρ*, ρυθμίσ*, προτιμήσ*, onay*",
        "kabul*, reddet*, rıza*, tercih*, ayar*, 同意, 接受, 拒绝, 拒絕, 设置, 設定, 偏好, allow*, approve",
        "permission, dozwol*, wyraż*, klikając, permit*, permet*, erlaub*, дозвол*, разреш*, дазвол*, rezygn*",
        "нажимая, натискаючи, націскаючы, басу арқылы, clicking, tıklayarak, haciendo clic, cliccando, 点击",
        "クリック, toestem*, voorkeur*, weiger*, godkän*, samtyck*, samtykke*, souhlas*, přijmout, odmítn*",
        "съглас*, приема*, acord*",
        "موافق*, توافق, قبول, أقبل, اقبل, رفض, أرفض, إعدادات, تفضيلات, سحب, خيارات",
    ),
    Concept.DATA: (
        "personal data, data, identifier*, device*, gdpr, tcf, privacy, store, ip, персональн*, данн*",
        "идентификатор*, устройств*, конфиденц*, даних, дані, даними, ідентифікатор*, пристр*, конфіденц*",
        "персанальн*, даны*, прылад*, канфідэнц*, дербес, деректер*, құрылғы*, құпиялы*, personenbezogen*, daten",
        "datenschutz*, gerät*, dsgvo, privatsphäre, données, appareil*, terminal, confidentialité, rgpd, datos",
        "dispositiv*, privacidad, dati, dane, danych, urządz*, rodo, prywatnoś*, dados, privacidade, lgpd",
        "δεδομέν*, συσκευ*, απόρρητ*, απορρήτου, veri, veriler*, kişisel, cihaz*, gizlilik, kvkk, 个人数据, 数据",
        "隐私, 隱私, 设备, 個人情報, データ, プライバシー, 端末, приватност*, приватніст*, прыватнас*",
        "riservatezza, ιδιωτικ*, interests, browsing, technolog*, технолог*, stored, files, файл*, pliki",
        "gegevens, apparaat, uppgifter, enhet, údaj*, zařízen*, hozzájárul*, tiedot*, vie privée, privée",
        "بيانات*, معلومات, شخصية, خصوصية, جهاز*, معرفات",
    ),
    Concept.ADS: (
        "advert*, ads, partner*, vendor*, personali*, measur*, analytic*, audience, marketing, реклам*, партнер*",
        "партнёр*, аналити*, аналіти*, персонализ*, персоналіз*, рэклам*, аналіты*, персаналіз*, жарнама*",
        "серіктес*, талдау*, werbung, werbe*, anzeigen, messung*, dienstleister, drittanbieter*, publicit*",
        "partenaire*, personnalis*, mesur*, anunci*, soci*, proveedor*, medición, medir, annunci*, fornitor*",
        "misur*, pubblicit*, reklam*, zaufanych, spersonaliz*, pomiar*, parceir*, anúnci*, fornecedor*, medição",
        "διαφημ*, συνεργάτ*, συνεργατ*, εξατομ*, μέτρησ*, ortak*, kişiselleşt*, ölçüm*, 广告, 廣告, 合作伙伴",
        "合作夥伴, 个性化, 個人化, 広告, パートナー, 分析, interes*, statistic*, статист*, statystyk*, targeted",
        "content, usage, improve, показыва*, показув*, паказва*, bereik, annons*, inzerc*, hirdetés*, mainon*",
        "analyse*, tracker*, geolocation",
        "إعلان*, شركاء, شركائ*, تخصيص, قياس, تحليل*, جمهور, تسويق",
    ),
    Concept.BROWSER: (
        "browser*, браузер*, браўзер*, navigateur*, navegador*, przeglądark*, περιήγησ*, φυλλομετρ*, tarayıcı*",
        "浏览器, 瀏覽器, ブラウザ, перевіряється перед, prohlížeč*, böngész*, webbläsar*, selain*",
        "متصفح*",
    ),
    Concept.ROBOT: (
        "robot*, bot, bots, captcha*, recaptcha*, hcaptcha, turnstile, ddos, ray id, unusual traffic, suspicious",
        "automated, spam*, attack*, робот*, бот, бота, ботом, ботов, капч*, каптч*, ддос, подозрит*",
        "автоматизирован*, атак*, підозр*, автоматизован*, падазр*, аўтаматызав*, робат*, күдікті, шабуыл*",
        "verdächtig*, ungewöhnlich*, suspect*, automatis*, inhabituel*, sospech*, automatizad*, inusual*",
        "sospett*, automatizzat*, podejrzan*, zautomatyzowan*, nietypow*, robô*, suspeit*, incomum, ρομπότ",
        "ύποπτ*, αυτοματοποι*, şüphe*, otomatik, olağandışı, 机器人, 機器人, 验证码, 驗證碼, 异常流量, 攻击, 攻擊",
        "ロボット, ボット, 不審, 攻撃, automation, automatickými, похожи на автоматические",
        "автоматические запросы, автоматические, автоматичні, online attacks, security solution, security service",
        "cloudflare, imperva, akamai, datadome",
        "روبوت*, آلي, آلية, كابتشا",
    ),
    Concept.HUMAN: (
        "human*, person, человек*, людин*, чалавек*, адам, адамсыз, адам екен*, mensch*, humain*, personne",
        "persona, uman*, essere umano, człowiek*, pessoa, άνθρωπ*, insan*, 真人, 人类, 人類, 人間, не робат",
        "kein roboter, pas un robot, no eres un robot, not a robot, non sei un robot",
        "إنسان, بشري, بشر",
    ),
    Concept.VERIFY: (
        "verif*, prove, checking, security, challenge, protect*, secure, проверк*, проверя*, проверим, подтверд*",
        "подтвержд*, защит*, защищ*, безопасн*, перевірк*, перевіря*, підтверд*, захист*, захищ*, безпек*",
        "праверк*, правяра*, пацверд*, пацвярдж*, абарон*, бяспек*, тексеру*, тексері*, раста*, қорға*",
        "қауіпсізд*, überprüf*, prüfung, prüfen, bestätig*, sicherheit*, schutz, geschützt, vérifi*, confirm*",
        "sécurit*, proteg*, protég*, seguridad, comprobando, sicurezz*, conferm*, weryfik*, potwierd*",
        "bezpieczeń*, ochron*, segurança, επαλήθ*, επιβεβαι*, ασφάλ*, έλεγχ*, doğrul*, güvenli*, koru*, kontrol",
        "验证, 驗證, 安全, 检测, 確認, 認証, セキュリティ, 保護, sprawdz*, проверить, перевіримо, schützen",
        "attack*, connection, соединени*, з'єднан*, подключени*, прадухіл*, connexion sécurisée, conexión",
        "connessione, połączeni*, conexão, σύνδεσή, bağlantınız*, 连接, 連線, 接続, попередн*",
        "système de sécurité, системе защиты, прозвер*",
        "تحقق, تحقق*, نتحقق, أمان, أمني*, تأكد, تأكيد, حماية",
    ),
    Concept.WAIT: (
        "wait*, moment, seconds, second, automatic*, redirect*, shortly, process, подожд*, ждите, секунд*",
        "автоматическ*, перенаправ*, ожида*, минут*, процесс, зачека*, чекай*, автоматичн*, хвилин*, пачака*",
        "чакай*, аўтаматычн*, перанакір*, күте*, күтіңіз, автоматты, бірнеше, warten, augenblick, automatisch*",
        "weitergeleitet, patient*, instant, secondes, automatique*, esper*, segundos, automátic*, rediri*",
        "attend*, attesa, secondi, reindirizz*, poczekaj*, chwil*, sekund*, automatyczn*, przekierow*, aguard*",
        "momento, περιμέν*, στιγμή, δευτερόλ*, αυτόματ*, ανακατ*, bekle*, saniye*, otomatik, yönlend*, 稍等, 稍候",
        "请等待, 秒, 自动, 自動, 跳转, 跳轉, お待ち, しばらく, リダイレクト, interruption, hold on, hang on",
        "patience, wait a, до 5 секунд, займе, займет, зойме, just a, nur einen, un instant, attention",
        "انتظ*, لحظة, لحظات, ثوان*, ثانية, تلقائي*, جار, جاري, تحويلك, توجيه, توجيهك, سينتقل",
    ),
    Concept.SCRIPT: ("javascript*, java script, js, яваскрипт*, джаваскрипт*, adblock*, ad blocker, блокировщик*",),
    Concept.ENABLE: (
        "enable*, turn on, turn off, disable*, support, supported, включ*, отключ*, выключ*, поддержив*, увімкн*",
        "ввімкн*, вимкн*, підтрим*, уключ*, адключ*, падтрым*, қосыңыз, қосу, қосулы, өшірулі, өшіріңіз, қолда*",
        "aktivier*, deaktivier*, einschalt*, ausgeschaltet, unterstütz*, activ*, désactiv*, pris en charge",
        "en charge, habilit*, desactiv*, compatible, attiv*, abilit*, disattiv*, disabilit*, supportat*, włącz*",
        "wyłącz*, obsługuje, ativ*, desativ*, suporta*, ενεργοπ*, απενεργ*, υποστηρ*, etkinleşt*, devre dışı",
        "destekle*, açın, 启用, 啟用, 开启, 開啟, 禁用, 支持, 有効, 無効, 対応, ejecutar, run, работы, роботи",
        "працы, коректної, корректной, funcionar, działać, funktionieren, fonctionner",
        "جافا سكريبت, جافاسكريبت, سكريبت",
        "تفعيل, تمكين, فعل",
    ),
    Concept.LOG_IN: (
        "login, log in, logged in, sign in, signed in, signin, log on, authenticat*, authoriz*, войти, войдите",
        "вход, входа, логин*, авториз*, увійти, увійдіть, вхід, входу, логін*, увайсці, увайдзіце, уваход*",
        "лагін*, аўтарыз*, кіру, кіріңіз, кіріп, anmeld*, einlogg*, angemeldet, eingeloggt, connectez*, connecté*",
        "connexion, identifiez*, se connecter, iniciar sesión, inicia sesión, inicie sesión, sesión, acceder",
        "accede, acceda, accedi, accedere, accesso, zaloguj*, logowan*, zalogowan*, entrar, entre, σύνδεση",
        "συνδεθ*, είσοδος, giriş, oturum, 登录, 登錄, 登入, ログイン, サインイン",
        "تسجيل الدخول, سجل الدخول, سجلوا الدخول, دخول",
    ),
    Concept.PASSWORD: (
        "username, user name, forgot*, remember me, e mail, email, запомнить, забыли, пошта, почта, почты, забули",
        "парол*, забылі, құпиясөз*, құпия сөз*, ұмыт*, passwor*, benutzername, vergessen, kennwort, mot de passe",
        "oublié, contraseña*, usuario, olvid*, dimenticat*, hasł*, użytkownika, nie pamiętasz, senha*, usuário",
        "esqueceu, esqueci, κωδικ*, χρήστη, ξεχάσ*, şifre*, parola*, kullanıcı adı, unut*, 密码, 密碼, 用户名",
        "忘记, 忘記, パスワード, メールアドレス, お忘れ",
        "كلمة مرور, كلمة سر, كلمات مرور, مرور",
    ),
    Concept.ACCOUNT: (
        "account*, sign up, signup, create an account, profile, зарегистрир*, регистрац*, аккаунт*, учетн*",
        "учётн*, личный кабинет, зареєструв*, реєстрац*, акаунт*, обліков*, зарэгістр*, рэгістрац*, акаўнт*",
        "уліковы*, тіркел*, тіркеу*, konto, benutzerkonto, nutzerkonto, compte*, inscri*, créer un, registr*",
        "cuenta, cuentas, crear, iscriv*, zarejestr*, rejestrac*, konta, załóż, conta, cadastr*, registe*",
        "λογαριασμ*, εγγραφ*, kayıt, üye ol, üyelik, hesab*, hesap*, 注册, 註冊, 账号, 帐号, 帳號, 账户, 会員登録",
        "新規登録, アカウント",
        "حساب*, تسجيل, إنشاء",
    ),
    Concept.SUBSCRIBE: (
        "subscri*, unlock*, premium, membership, paywall, members only, member, подпис*, премиум, оформ*, платн*",
        "передплат*, підпис*, преміум, падпіс*, жазыл*, abo, abos, abonn*, freischalt*, digitalabo, réserv*",
        "suscri*, abbon*, riservat*, subskryp*, prenumerat*, abonament*, wykup*, assin*, exclusiv*, συνδρομ*",
        "abone*, 订阅, 訂閱, 会员, 會員, 付费, 付費, 有料, 有料会員, 購読, абонент*, registered users, reader",
        "readers",
        "اشترك*, اشتراك*, مشترك*, abone*, premium",
    ),
    Concept.READ_ON: (
        "read the, read on, reading, full, read this, rest of, keep reading, читать, чтен*, полност*, полный",
        "дочит*, продолжение, читати, повн*, продовж*, чытаць, поўн*, цалкам, оқу, толық, жалғас*, weiterlesen",
        "lesen, vollständig*, ganzen, gesamten, lire, lecture, suite, intégral*, leer, leyendo, completo",
        "completa, leggere, lettura, integrale, czytać, czytaj, dalej, pełn*, całość, ler, lendo, leitura",
        "διαβάσ*, διαβάζ*, ολόκληρο, okumaya, okumak, tamamını, devamı, 阅读, 閱讀, 全文, 余下, 続き, 続けて",
        "読む, zobacz*, leggi, leia, dočíst, story, article, статью, матеріал, материал, версию, версію, artykuł",
        "limit, journalism, unlimited, free articles, stories, exclusive*, эксклюзив*, ексклюзив*",
        "قراءة, كامل*, تتمة, بقية, مزيد",
    ),
    Concept.PRICE: (
        "month, months, trial, free, week, year, cancel*, price, offer*, plan, plans, euro, only, месяц*",
        "бесплатн*, пробн*, руб, рублей, цен*, тариф*, отмен*, місяц*, безкоштовн*, грн, бясплатн*, ай, айына",
        "тегін, теңге, monat*, kostenlos*, gratis*, testen, kündbar, angebot, woche, mois, essai, gratuit*",
        "résili*, semaine, offre*, mes, meses, prueba, mese, mesi, prova, settiman*, miesiąc*, miesięczn*",
        "bezpłatn*, darmow*, zł, ofert*, mês, grátis, teste, μήνα, δωρεάν, δοκιμ*, ayda, aylık, ücretsiz, deneme",
        "免费, 免費, 每月, 试用, 月額, 無料, 初月, rezygnow*, zrezygnować, pierwszy, first, первый, перший, першы",
        "premier, primer, primo, primeiro, erste, engagement, month free, now, уже, вже, ужо, already, déjà, già",
        "ya, já, schon, już, today, just, per, days, дней, днів, unlimited, permanencia, disdire, cuando quieras",
        "quando vuoi",
        "شهر*, مجان*, سعر, تجربة, تجريبي*, سنوي*, iptal*, lira*, tl",
    ),
    Concept.WORKS: (
        "maintenance, maintain*, upgrad*, updat*, under construction, improv*, upkeep, техническ*",
        "профилактическ*, обслужив*, технічн*, обслуговув*, профілактичн*, оновл*, тэхнічн*, абслугоўв*",
        "прафілактычн*, работ*, робіт, техникалық, жұмыстар*, жөндеу, wartung*, gewartet, arbeiten, überarbeit*",
        "travaux, mise à jour, mantenimiento, mejora*, actualiz*, manutenzion*, aggiornament*, konserwacj*, prace",
        "prac, modernizac*, przerw*, manutenção, melhor*, atualiza*, συντήρησ*, αναβάθμ*, εργασ*, bakım*",
        "güncelle*, çalışma*, 维护, 維護, 升级, 升級, メンテナンス, 工事, konserwacyjn*, technick*, neobratil*",
        "tareas, labores, lavori, trabajos, trabalhos, planned, planow*, планов*, жоспарлы, сервисные работы",
        "lavorando, trabajando, працюємо, travaillons, onderhoud, underhåll*, údržb*, поддръжк*, techniczn*",
        "trwają, prowadzimy, ведутся, проводятся, проводим, тривають, проводяться, вядуцца, жүріп, жүргізіл*",
        "صيانة, تطوير, أعمال",
    ),
    Concept.BRIEFLY: (
        "temporar*, soon, shortly, scheduled, currently, moment, briefly, later, временн*, скоро, вскоре, позже",
        "позднее, сейчас, ненадолго, ведутся, тимчасов*, незабаром, пізніше, зараз, наразі, часова, хутка, пазней",
        "уақытша, жақында, кейінірек, қазір, vorübergehend, bald, gleich, später, derzeit, momentan, kurz*",
        "temporair*, bientôt, actuellement, plus tard, quelques, temporalmente, temporal, pronto, momento, tarde",
        "temporaneamente, presto, breve, tymczasow*, wkrótce, chwilowo, później, niebawem, obecnie, προσωριν*",
        "σύντομα, αργότερα, geçici, kısa, yakında, sonra, şu anda, 暂时, 暫時, 稍后, 稍後, 正在, 一時, まもなく",
        "現在, しばらく, vuelve pronto, volveremos, vernis*, вернемся, повернем*, вярнемся, ораламыз, tornerem*",
        "voltaremos, powrócimy, zurück, retour, back soon, back online, inconvenien*, неудобств*, незручност*",
        "нязручнас*, molestias, désagrément*, unannehmlichkeit*, niedogodnoś*, ενόχληση, rahatsızlık, 不便",
        "ご不便, ご迷惑, working, work, gerade, doing, performing",
        "قريبا, قريباً, لاحقا, لاحقاً, مؤقت*, حاليا, حالياً, قليل",
    ),
    Concept.DOMAIN: (
        "domain*, hosting, домен*, хостинг*, хостынг*, дамен*, dominio*, domini, domen*, domín*, nginx, apache",
        "cpanel, plesk, alan ad*, hébergement, hébergeur, webhosting, hospedagem, alojamiento, φιλοξεν*, 域名",
        "网域, 網域, ドメイン, レンタルサーバー, web server, webserver, server, iis",
        "نطاق*, دومين, استضافة",
    ),
    Concept.SALE: (
        "sale, buy, buying, purchas*, parked, regist*, renew*, owner, default, placeholder, inquire, acquire",
        "installed, продаж*, продаёт*, продает*, купить, куплен*, припаркован*, истек*, истёк, продл*, владел*",
        "приостанов*, зарегистр*, делегирован*, заглушк*, продаєт*, придбат*, купити, закінчив*, власник*",
        "прадаец*, купіць, скончы*, уладальнік*, сатылад*, сатып, тоқтатыл*, verkauf*, kaufen, erwerb*, geparkt",
        "inhaber*, abgelaufen, gesperrt, vendre, vente, achet*, expir*, enregistr*, propriétaire, venta, vende*",
        "compr*, propietario, suspend*, vendita, acquist*, scadut*, proprietario, sospes*, sprzeda*, kup, kupić",
        "zaparkowan*, zarejestrow*, wygas*, właściciel*, zawieszon*, venda, proprietário, suspens*, πωλείται",
        "πώληση, αγορά, κατοχυρ*, έληξε, satılık, satın, süresi, kayıtlı, askıya, 出售, 购买, 購買, 过期, 過期",
        "转让, 轉讓, 販売, 売り, 取得, 有効期限, 期限切れ, angebot*, offer, offers, оферт*, предложен*, пропозиц*",
        "ofert*, złożyć, nimmt, available, configuration, works, parking, transfer*, sedo, afternic, best source",
        "information you",
        "للبيع, بيع, شراء, صلاحية",
    ),
    Concept.PLACE: (
        "region*, country, countries, location*, territory, territories, jurisdiction*, area, eu, eea, europe*",
        "регион*, стране, страны, стран, страну, территори*, местополож*, местонахожд*, регіон*, країн*",
        "територі*, місцезнах*, рэгіён*, краін*, тэрыторы*, месцазнах*, аймақ*, аймағ*, өңір*, елде, еліңіз*",
        "аумағ*, аумақ*, land, ländern, standort, gebiet, rechtsraum, régi*, pays, territoire*, localisation",
        "región*, país, países, zona, ubicación, territorio, paese, paesi, kraju, krajach, kraj, obszar*",
        "lokalizac*, região, regiões, território, localização, περιοχή*, χώρα*, τοποθεσία, bölge*, ülke*, konum*",
        "地区, 地區, 国家, 國家, 区域, 所在地, 地域, お住まい, 国からの, европ*, європ*, economic area",
        "wirtschaftsraum, espace économique, ес, eac",
        "بلد*, دولت*, منطقة, منطقت*, جغرافي*",
    ),
    Concept.BARRED: (
        "blocked, block, denied, forbidden, prohibited, limited, banned, geo*, заблокирован*, блокиров*",
        "ограничен*, запрещ*, закрыт*, заблокован*, обмежен*, заборон*, забаронен*, заблакав*, абмежав*",
        "бұғаттал*, шектел*, тыйым, жабық, gesperrt*, blockiert*, eingeschränkt*, verweigert*, beschränk*",
        "untersagt, bloqu*, restreint*, restrict*, refusé*, interdit*, limité*, restring*, denegad*, prohibid*",
        "limitad*, bloccat*, limitat*, negat*, vietat*, zablokowan*, ogranicz*, odmow*, zabronion*, restrit*",
        "negad*, proibid*, αποκλει*, περιορ*, απαγορ*, engel*, kısıt*, reddedil*, yasak*, 限制, 封锁, 禁止, 屏蔽",
        "被拒绝, 拒绝访问, 制限, ブロック, 拒否",
        "محظور*, محجوب*, حظر, حجب, مقيد*, ممنوع*",
    ),
    Concept.LAW: (
        "law, laws, legislation, regulation*, copyright, rights, licens*, court, order, federal, government",
        "закон*, реестр*, роскомнадзор*, решени*, суда, права, лиценз*, требовани*, рішенн*, реєстр*, правов*",
        "санкці*, указ*, заканадаўст*, рашэнн*, рээстр*, міністэрств*, заң*, сот, шешім*, тізілім*, rechtlich*",
        "gesetz*, lizenz*, urheber*, gericht*, légal*, juridique*, droits, loi, legal*, ley, derechos, legge",
        "diritti, prawn*, prawa, ustaw*, licenc*, legais, lei, direitos, νομικ*, νόμο*, δικαιωμ*, yasa*, mahkeme*",
        "kanun*, karar*, hakları, 法律, 法规, 版权, 法令, 権利, падставе, підставі, основании, міністерств*",
        "министерств*, органов, державної, государственн*, власти",
        "قانون*, حقوق",
    ),
    Concept.ACCESS: (
        "access, accessing, view, viewed, viewing, visit*, see, seen, open, reach, доступ, доступа, доступу",
        "доступен, перегляд*, просмотр*, даступ*, прагляд*, қолжетімд*, қол жеткіз*, кіру, zugriff*, zugang",
        "aufruf*, accès, accéd*, consulter, acceso, acceder, accesso, accedere, dostęp, dostępu, acesso, acessar",
        "πρόσβασ*, erişim*, 访问, 訪問, 瀏覽, アクセス, 閲覧",
        "وصول, دخول, تصفح, عرض",
    ),
    Concept.CONTINUE: (
        "continue*, proceed, before, продолж*, прежде чем, далее, продовж*, перш ніж, працяг*, перш чым",
        "жалғастыр*, бұрын, fortfahren, fortsetzen, weiter, bevor, poursuiv*, avant de, seguir, antes de",
        "continua*, prosegu*, prima di, kontynu*, zanim, przejdź, prosseguir, συνεχ*, πριν, devam, önce, 继续",
        "繼續, 続行, 続ける",
        "متابعة, استمرار, مواصلة, قبل",
    ),
    Concept.REPORT: (
        "said, says, told, according, spokesman, spokeswoman, spokesperson, reported, reports, explained",
        "explains, advises, announced, сообщил, сообщила, сообщили, сообщает, рассказал*, заявил*, отметил*",
        "уточнил*, советует, считает, по данным, по словам, напоминают, ожидает, повідомив, повідомила",
        "повідомили, повідомляє, розповів*, заявив*, зазначив*, нагадують, за даними, за словами, паведаміў*",
        "паведаміл*, заявіў*, расказа*, паводле, кажуць, деді, дейді, хабарлады, хабарлайды, мәлімдеді, айтты",
        "sagt, sagte, sagten, teilte, erklärte, berichtet*, laut, zufolge, angaben, kündigte, ermittelt, selon",
        "déclar*, expliqu*, annonc*, affirm*, según, dijo, declaró, explicó, informó, aseguró, secondo, detto",
        "dichiarat*, spiega, spiegato, powiedział*, mówi, poinformował*, według, zapowiedział*, potwierdził*",
        "segundo, disse, afirmou, informou, είπε, δήλωσε, ανακοίνωσε, σύμφωνα, dedi, söyledi, açıkladı, göre",
        "表示, 报道, 记者, 據報, 記者, によると, 述べた, 語った, 発表した",
        "قال*, أعلن*, ذكر*, أضاف*, أوضح*, بحسب, أفاد*, وفقا, وفقاً, أكد*, صرح*, كشف*, يرى",
        "bildirdi*, belirtti*",
    ),
    Concept.HOW: (
        "how, why, what, как, почему, зачем, як, чому, навіщо, чаму, навошта, қалай, неге, wie, warum, wieso, so",
        "comment, pourquoi, cómo, por qué, come, perché, jak, dlaczego, como, πώς, πως, γιατί, nasıl, neden, 如何",
        "为什么, 怎么, なぜ, 方法",
        "كيف, لماذا",
    ),
    Concept.SMALL: (
        "a, an, the, this, that, is, are, was, has, have, been, be, to, of, in, on, for, at, and, or, with, it",
        "by, as, if, from, may, might, could, can, will, must, need, any, all, one, just, now, here, more",
        "welcome, thank*, message, code, status, number, ok, were, there, something, went, который*, которую",
        "которая, это, эта, этот, этой, этого, эту, была, был, было, были, быть, и, или, в, на, с, к, по, для, о",
        "из, что, как, если, но, так, код, сообщение, возможно, можно, может, могла, ця, цей, цю, це, цього, була",
        "було, був, та, і, або, у, з, до, за, що, як, якщо, але, можливо, може, гэта, гэтая, гэты, гэтай, быў, ці",
        "каб, магчыма, бұл, осы, және, немесе, үшін, мен, бен, ол, деген, бар, die, der, das, den, dem, des, ein",
        "eine, einen, einer, ist, sind, wurde*, wird, werden, hat, haben, und, oder, zu, zur, zum, von, auf, für",
        "mit, im, sie, es, tut, diese*, gewünschte*, möglicherweise, la, le, les, l, un, une, du, de, d, est, été",
        "et, ou, à, au, aux, que, qu, il, elle, ce, cette, cet, c, s, en, pour, sur, dans, par, avec, peut, être",
        "el, los, las, una, del, y, o, e, ha, sido, esta, este, esto, al, con, por, para, lo, se, gli, i, della",
        "dei, che, è, stata, stato, questa, questo, di, da, per, su, si, potrebbe, siamo, ta, ten, tę, tej, jest",
        "został*, lub, w, we, z, ze, na, do, od, się, że, może, mogła, już, os, um, uma, no, foi, está, não, η, ο",
        "το, τη, την, της, του, των, τα, και, ή, σε, με, για, από, που, έχει, είναι, αυτή, αυτό, μπορεί, bu, bir",
        "ve, veya, için, ile, olabilir, mı, 的, 了, 是, your, which, only, also, so, does, does not, than, then",
        "its, under, above, up, out, off, other, make, made, every, see, work, works, take, get, few, some",
        "minutes, many, same, these, those, them, their, within, into, when, все, всех, всё, весь, чтобы, чтоб",
        "ваш, только, также, еще, уже, при, от, их, он, она, они, мы, без, через, кроме, любой, любое, время",
        "момент, усі, щоб, також, лише, вже, ще, від, будь-коли, усе, час, таксама, толькі, ужо, яшчэ, праз, іх",
        "барлық, кез келген, уақытта, тек, қайта, болады, болуы, тұр, тұрыңыз, жатыр*, alle, nur, auch, jederzeit",
        "können, kann, möchten, nicht mehr, aus, bei, dass, wie, wir, noch, jetzt, einem, tout, tous, toute",
        "toutes, son, sa, ses, moment, plus, sans, pouvez, peuvent, sont, nous, certains, comme, où, todos, todas",
        "sin, momento, ser, como, más, puede*, tutti, tutte, senza, sono, qualsiasi, come, più, anche, possono",
        "wszystki*, tylko, także, być, jak, gdy, który*, które, aby, za, pod, inny, bez, dla, qualquer, sem, mais",
        "você, όλα, όλες, χωρίς, κάθε, ως, μόνο, tüm, her, zaman, ne, olarak, edebilir, edebilirsiniz, kadar",
        "可以, 全部, 任何, 时间, 随时, 使用, 用于, 在, 和, 或, 是否, 已, 被, 可能, 重新, 下方, 完成, 为, 將, 将",
        "与, 及, 本, 此, 该, 显示, 进行, する, します, しました, して, その, この, です, ます, いつでも, すべて",
        "変更, 表示, 保存, 利用, 場合, ため, と, の, に, を, は, が, で, も, か, 可能性, または, から, まで, こと",
        "あり, ました, 以下, даєте, даете, таку, такую, змінити, изменить, можна, зберігаємо, обробляємо, храним",
        "обрабатываем, захоўваем, апрацоўваем, такой, такий, такое, прежде, чем, перед, тем, после, після, пасля",
        "хто, які, яку, яка, який, якая, какой, какие, й, bis, ohne, mehr, damit, denen, sein, hier, nach, vor",
        "müssen, soll, wenn, ob, dazu, dafür, re, ll, m, what, why, how, who, where, while, us, he, like, looks",
        "look, let, seem, seems, before, about, ли, бы, же, там, тут, уж, из-за, под, наш, наша, своей, своего",
        "этому, этим, этих, кто, где, куда, чего, себя, чи, би, із, під, свого, своєї, цьому, цим, цих, де, куди",
        "чого, далей, між, будзе, будуть, будут, будет, буде, есть, є, ёсць, сам, самим, тому, поэтому, aimerions",
        "cela, ci, dessous, votre, dont, jamais, lors, très, doch, wohl, mal, uns, darauf, daran, wieder, etwas",
        "einfach, finden, allen, anderen, weitere, weiteren, details, sowie, een, het, van, op, wordt, kan, naar",
        "deze, dit, met, voor, er, om, och, att, som, på, det, har, inte, eller, af, og, til, že, je, jste, nebo",
        "která, který, byla, се, да, тази, която, беше, și, pe, care, fost, sau, să, az, будь, są, będzie, będą",
        "procesu, процес, процесс, переходом, reasons, happen, think, believe, moving, through, away, down",
        "من, في, على, إلى, عن, أن, أو, هذا, هذه, التي, الذي, ما, هل, قد, ربما, تم, يتم, كان, كانت",
        "مع, حتى, بعد, كل, أي, إذا, إن, خلال, هناك, أخرى, هي, هو, به, بها, لك, أدخل*, صحيح*, نسيت",
        "جديد*, دقائق, oluştu, oluşan, beklenmeyen, beklenmedik, birkaç, dakika*, ana, yanıt",
        "biraz, hemen, istediğiniz, zaman, özeldir, zaten",
    ),
}

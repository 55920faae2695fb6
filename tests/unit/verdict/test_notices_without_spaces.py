"""Standing notices in a script without spaces, where pairs of characters are the words of a headline."""

from dataclasses import replace

from pipeline.records.document import Document
from pipeline.text.fingerprint import sketches_of
from tests.support.documents import document, judged

NOTICES = {
    "linjiang.example": "本报所刊文字及图片未经书面许可不得转载。如需转载请联系版权部，并在显著位置注明作者姓名与出处，否则将追究责任。",
    "beigang.example": "读者若发现文中有误，请写信告诉我们，编辑部会在两天之内核实并更正。欢迎提供新闻线索，一经刊登即付稿酬。",
}
NEWS = {
    "老码头改成灯塔博物馆": "临江县的老码头星期六改成灯塔博物馆，头一天来了三百多人，门票只要五元。",
    "果农为橘子修了索道": "云岭村的果农自己修了一条索道，把山上的橘子运到公路边，全长八百米。",
    "女教师骑车走遍全省": "退休女教师何秀兰用一年时间骑车走遍全省，画下了九十座石桥。",
    "雪豹出现在山口": "护林员在北山口拍到一只雪豹，这是当地二十六年来头一次有记录。",
}


def page(host: str, number: int, headline: str) -> Document:
    text = f"{headline}\n{NEWS[headline]}\n{NOTICES[host]}"
    one = document(f"{number}", text, number, minute=number)
    fingerprint, outline = sketches_of(text, headline=headline, host=host)
    url = f"https://{host}/{number}"
    return replace(one, url=url, canonical_url=url, headline=headline, fingerprint=fingerprint, outline=outline)


def test_news_are_kept_apart_and_their_copies_in_another_outlet_are_found() -> None:
    pages = [(host, headline) for host in NOTICES for headline in NEWS]
    verdicts = judged(*(page(host, number, headline) for number, (host, headline) in enumerate(pages)))
    assert [str(one.kinship or one.decision) for one in verdicts] == ["created"] * 4 + ["near"] * 4
    assert [one.article_id for one in verdicts[4:]] == [one.article_id for one in verdicts[:4]]

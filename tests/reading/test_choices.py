"""Which of the shown choices a text means, and yes or no."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.reading import Unfit, pick, read_yes

from .said import each

MODES = ["转让", "许可", "委托开发", "合作开发", "作价投资"]
CARD = ["感兴趣", "评估", "不合适", "收藏"]
REASONS = ["不对口", "太贵", "太早期", "已有方案", "看不懂", "以后再说"]
CITIES = ["长沙", "株洲", "湘潭", "衡阳", "邵阳", "岳阳", "张家界", "郴州", "永州", "怀化", "娄底"]
FIRMS = ["专精特新", "高新技术企业", "科技型中小企业", "国有企业", "示范企业"]


@each(
    {
        0: (
            "1|转让|技术转让|轉讓|专让|zhuanrang|zuanrang|zr|第一|头一个|1号选项|"
            "不要许可，要转让|不是许可，是转让|A"
        ),
        1: (
            "2|２|②|2️⃣|二|贰|第二个|第2个吧|选2|我选第二个|2号|(2)|2.|2选项|b|许可|许可吧|"
            "我要许可|xuke|xk|许客|woyaoxuke|開放許可|就那个许可的|要许可不要转让|倒数第四个"
        ),
        2: "第三个|③|委托|委托研究|委拖开发|wtkf|C",
        3: "4号吧|合作|合作研发|合作的那个|hezuo|我们想合作",
        4: "5|最后一个|最后那个|倒数第一个|作价|投资|作价入股|zuojia",
    }
)
def test_a_choice_is_made_by_number_by_word_or_by_sound(text: str, meant: int) -> None:
    assert pick(text, MODES) == [meant]


@each(
    {
        0: "感兴趣|感性趣|赶兴趣|有兴趣|兴趣",
        1: "评估下|想评估|pinggu",
        2: "不合适|不合适吧|不合式|bhs",
        3: "收藏一下|shoucang|4|第四项",
    }
)
def test_buttons_are_pressed_in_words(text: str, meant: int) -> None:
    assert pick(text, CARD) == [meant]


@each(
    {
        0: "不对口|不对路|行业不对口|buduikou",
        1: "太贵了|价格太贵|贵了|tg",
        2: "早期|太早起",
        3: "已经有方案了|有方案",
        4: "看不明白|不懂|第五",
        5: "以后在说|以后说|6",
    }
)
def test_reasons_are_given_loosely(text: str, meant: int) -> None:
    assert pick(text, REASONS) == [meant]


@each(
    {
        0: "长沙市|我在长沙",
        3: "衡杨|hengyang",
        4: "邵阳隆回",
        6: "张家界的|zhangjiajie",
        7: "chenzhou|郴州市",
        9: "淮化",
        10: "楼底|11",
    }
)
def test_places_are_recognised_by_sound(text: str, meant: int) -> None:
    assert pick(text, CITIES) == [meant]


@each(
    {
        "choice_none": "|啥|都不要|不要转让|这个专利多少钱|怎么收费|转上",
        "choice_many": "开发|1和3|都要|随便|转让还是许可|1-3",
        "choice_range": "7|0|九|第八个",
    }
)
def test_what_is_no_single_choice_is_named(text: str, meant: str) -> None:
    with pytest.raises(Unfit) as refused:
        pick(text, MODES)
    assert refused.value.code == meant


@each(
    {
        "choice_none": "不感兴趣|没兴趣|不太感兴趣|合适|挺合适",
    }
)
def test_a_no_never_chooses_its_opposite(text: str, meant: str) -> None:
    with pytest.raises(Unfit) as refused:
        pick(text, CARD)
    assert refused.value.code == meant


@each(
    {
        (0,): "1|转让|不要许可，转让",
        (0, 1): (
            "1,2|转让和许可|转让许可都行|转让、xuke|转让/许可|许可，转让，就这俩|前两个|"
            "前两个都是|1到2|xuke,zhuanrang"
        ),
        (0, 2): "1和3|1,3|1、3|1，3|1 3|13|1.3|①③|1️⃣3️⃣|第一和第三|第1、第3|1跟3",
        (0, 1, 2): "1-3|123|第一个到第三个|前三个|1到3都要|一、二、三",
        (3, 4): "后两个|最后两个|4和最后一个",
        (0, 1, 3, 4): (
            "除了3都要|除了委托开发其他都要|3不要，其他都要|不要委托，其他都可以|除3以外都选"
        ),
        (0, 1, 2, 3, 4): "都要|全选|全部都要|所有的|随便|都可以|12345",
        (3,): "我们想合作，最好能一起申报",
        (1, 2): "不要1，要2和3",
    }
)
def test_several_choices_are_read_at_once(text: str, meant: tuple[int, ...]) -> None:
    assert pick(text, MODES, many=True) == list(meant)


@each(
    {
        (0, 1): "专精特新和高新|前两个都是|一和二|1、2",
        (0,): "专精特心|zjtx",
        (2, 4): "科技型中小企业、示范企业",
        (3,): "国企",
        (1, 2): "高新，科技型",
        (0, 1, 4): "1和2，还有5",
    }
)
def test_tags_are_ticked_in_words(text: str, meant: tuple[int, ...]) -> None:
    assert pick(text, FIRMS, many=True) == list(meant)


@pytest.mark.parametrize(
    ("text", "labels", "meant"),
    [
        ("2025", ["2024年", "2025年"], 1),
        ("50万以上", ["10万以下", "10-50万", "50万以上"], 2),
        ("2", ["10万以下", "10-50万", "50万以上"], 1),
        ("公开", ["公开", "匿名", "不公开"], 0),
        ("不公开", ["公开", "匿名", "不公开"], 2),
        ("看专利", ["🔍 看专利", "📝 提需求", "❓ 问政策"], 0),
        ("提虚求", ["🔍 看专利", "📝 提需求", "❓ 问政策"], 1),
        ("要开放许可的", ["许可", "开放许可", "转让"], 1),
        ("不要改进了", ["不要改进", "小改", "大改"], 0),
    ],
)
def test_the_words_on_the_labels_decide(text: str, labels: list[str], meant: int) -> None:
    """A label that holds a figure or a no is found by it; the longer label hides the shorter."""
    assert pick(text, labels) == [meant]


@given(
    st.lists(st.integers(1, 9), min_size=1, unique=True),
    st.sampled_from(["、", "，", " ", "和", "."]),
)
def test_numbers_survive_every_separator(numbers: list[int], separator: str) -> None:
    labels = [f"选项{letter}" for letter in "甲乙丙丁戊己庚辛壬"]
    text = separator.join(map(str, numbers))
    assert pick(text, labels, many=True) == sorted(number - 1 for number in numbers)


@given(st.sampled_from([MODES, CARD, REASONS, CITIES, FIRMS]), st.data())
def test_every_label_chooses_itself(labels: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(labels) - 1))
    for words in ("{}", "{}吧", "我选{}", f"第{place + 1}个", "【{}】"):
        assert pick(words.format(labels[place]), labels) == [place]


@each(
    {
        True: (
            "是|是的|好|好的呀|好好好|嗯嗯|OK|ok的|可以|行吧|没问题|没有问题|没毛病|👍|👍🏻|"
            "好的，谢谢|Yes|haode|确认|对对对|对的没错|可以啊！|提交|我同意|那就好|要得|"
            "对，没错|好滴|好嘞|嗯呐|中|okok|可以可以|确认提交|好的 没问题"
        ),
        False: (
            "不|不是|不要|不用了谢谢|算了|没有|否|❌|bushi|不确认|不不不|NO|取消|不行|不必了|"
            "不太行|没呢|还没|先不用|别了|不好意思，不去了|不同意！|不要了吧|错了|去不了"
        ),
        None: (
            "|好，但是价格不行|要不要|是吗|随便|不知道|不是不可以|行不行|好的，价格改成50万|"
            "再想想|为什么|不确定|1|对不起"
        ),
    }
)
def test_yes_and_no(text: str, meant: bool | None) -> None:
    """A plain yes or no; what says more than that is left to whoever understands it."""
    assert read_yes(text) is meant

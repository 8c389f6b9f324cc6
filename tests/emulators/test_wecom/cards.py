"""Cards as a bot would send them; a test changes what it is about."""

from tests.emulators.wecom.errors import Json


def buttons(task_id: str = "ev-7@1", **more: object) -> Json:
    card: Json = {"card_type": "button_interaction", "task_id": task_id}
    card |= {"source": {"desc": "专利转化对接"}, "sub_title_text": "名额 60"}
    card |= {"main_title": {"title": "先进储能材料对接会", "desc": "1月15日 14:30"}}
    rows = [{"keyname": "地点", "value": "长沙"}]
    rows.append({"keyname": "议程", "value": "查看", "type": 1, "url": "https://x.invalid/7"})  # type: ignore[dict-item]
    menu = {"desc": "更多", "action_list": [{"text": "不再提醒", "key": "ev:7:mute"}]}
    card |= {"horizontal_content_list": rows, "action_menu": menu}
    pressed = [
        {"text": "报名", "style": 1, "key": "ev:7:join"},
        {"text": "不参加", "key": "ev:7:no"},
    ]
    return card | {"button_list": pressed} | more


def vote(task_id: str = "seg-1", **more: object) -> Json:
    ticks = [("new_material", "先进材料", True), ("equip", "工程机械", False)]
    options = [{"id": i, "text": t, "is_checked": on} for i, t, on in ticks]
    card: Json = {"card_type": "vote_interaction", "task_id": task_id}
    card |= {"main_title": {"title": "关注哪些产业链？"}}
    card |= {"checkbox": {"question_key": "segment", "mode": 1, "option_list": options}}
    return card | {"submit_button": {"text": "保存", "key": "save_segments"}} | more


def multiple(task_id: str = "assess-42", **more: object) -> Json:
    stages = [{"id": "lab", "text": "实验室"}, {"id": "pilot", "text": "中试"}]
    wishes = [{"id": "high", "text": "高"}, {"id": "none", "text": "无"}]
    selects: list[Json] = [
        {"question_key": "maturity", "title": "成熟度", "selected_id": "pilot"},
        {"question_key": "interest", "title": "意向", "option_list": wishes},
    ]
    selects[0]["option_list"] = stages
    card: Json = {"card_type": "multiple_interaction", "task_id": task_id}
    card |= {"main_title": {"title": "评估"}, "select_list": selects}
    return card | {"submit_button": {"text": "提交", "key": "submit_assess"}} | more


def notice(**more: object) -> Json:
    card: Json = {"card_type": "text_notice", "main_title": {"title": "报名成功"}}
    card |= {"emphasis_content": {"title": "14:30", "desc": "1月15日"}}
    return card | {"card_action": {"type": 1, "url": "https://x.invalid/7"}} | more


def news(**more: object) -> Json:
    picture = {"url": "https://x.invalid/7.png", "aspect_ratio": 2.25}
    rows = [{"title": "CN-DEMO-0001", "desc": "高镍正极"}]
    card = notice() | {"card_type": "news_notice", "card_image": picture}
    del card["emphasis_content"]
    return card | {"vertical_content_list": rows} | more

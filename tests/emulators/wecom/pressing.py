"""Presses on cards and on the menu: only on what is there."""

from collections.abc import Callable
from typing import Any

from tests.emulators.wecom import menus
from tests.emulators.wecom.callbacks import Delivery
from tests.emulators.wecom.cardview import Question, questions
from tests.emulators.wecom.errors import Json
from tests.emulators.wecom.phone import Phone
from tests.emulators.wecom.sending import code
from tests.emulators.wecom.shown import Shown

Choice = dict[str, list[str]]


class Fingers(Phone):
    async def clicks_card(
        self, button_key: str, card: Shown | str | None = None, chosen: Choice | None = None
    ) -> Delivery:
        """Presses the newest button of that key. `chosen` answers the card's selection.

        AssertionError where no card has it, or the card was replaced.
        """
        shown = self._card(card, button_key, lambda shown: shown.keys)
        answers = _answers(questions(shown.content), chosen or {})
        return await self._card_event(shown, "template_card_event", button_key, answers)

    async def submits_card(self, choice: Choice, card: Shown | str | None = None) -> Delivery:
        """Ticks options by question and presses the submit button of the newest such card.

        A question left out of `choice` keeps what the card had chosen.
        """
        shown = self._submittable(card)
        answers = _answers(questions(shown.content), choice)
        assert any(answers.values()), "nothing is ticked"
        key = shown.content["submit_button"]["key"]
        shown.answers = answers
        return await self._card_event(shown, "template_card_event", key, answers)

    async def clicks_card_menu(self, key: str, card: Shown | str | None = None) -> Delivery:
        """Presses an entry of the small menu in a card's corner."""
        shown = self._card(card, key, lambda shown: shown.menu)
        return await self._card_event(shown, "template_card_menu_event", key, {})

    def _cards(self, card: Shown | str | None) -> list[Shown]:
        """The card meant, or all of them, the newest first."""
        cards = [shown for shown in reversed(self.messages) if shown.is_card]
        if card is None:
            return cards
        msgid = card if isinstance(card, str) else card.msgid
        return [shown for shown in cards if shown.msgid == msgid]

    def _card(
        self, card: Shown | str | None, key: str, keys: Callable[[Shown], dict[str, str]]
    ) -> Shown:
        searched = self._cards(card)
        for shown in searched:
            if key in keys(shown):
                return shown
        assert not any(s.replaced for s in searched), f"no {key!r}: the card was replaced already"
        offered = [name for shown in searched for name in keys(shown)]
        raise AssertionError(f"no {key!r} on a card, only {offered}")

    def _submittable(self, card: Shown | str | None) -> Shown:
        searched = [s for s in self._cards(card) if s.readable and "submit_button" in s.content]
        assert searched, "no card to submit"
        assert not searched[0].replaced, "the card was replaced already"
        return searched[0]

    async def _card_event(self, shown: Shown, name: str, key: str, answers: Choice) -> Delivery:
        self.acts()
        message = self.world.messages[shown.msgid]
        task_id = shown.content["task_id"]
        event: Json = {"EventKey": key, "TaskId": task_id}
        event |= {"CardType": shown.content["card_type"]}
        event |= {"ResponseCode": code(self.world, message, task_id)}
        return await self.sender.event(name, **event, last=self._selected(answers))

    def _selected(self, answers: Choice) -> Json:
        if not answers:
            return {}
        tag = self.sender.callbacks.mischief.option_tag
        items = [{"QuestionKey": q, tag: {tag[:-1]: ids}} for q, ids in answers.items()]
        return {"SelectedItems": {"SelectedItem": items}}

    async def clicks_menu(self, entry: str) -> Delivery:
        """Presses an entry of the app's menu, by its key, its address or its name."""
        found = [e for e in self._menu() if entry in (e.get("key"), e.get("url"), e["name"])]
        assert found, f"no {entry!r} in the menu, only {[e['name'] for e in self._menu()]}"
        kind = found[0]["type"]
        assert kind in ("click", "view"), f"{entry!r} is a {kind}"
        self.acts()
        return await self.sender.event(kind, EventKey=found[0]["key" if kind == "click" else "url"])

    async def scans(self, text: str, entry: str | None = None) -> Delivery:
        """Scans a QR code by the menu's first such entry, or the one named."""
        found = [e for e in self._menu() if e["type"].startswith("scancode")]
        found = [e for e in found if entry in (None, e["key"], e["name"])]
        assert found, "nothing in the menu scans"
        self.acts()
        info = {"ScanType": "qrcode", "ScanResult": text}
        return await self.sender.event(
            found[0]["type"], EventKey=found[0]["key"], ScanCodeInfo=info
        )

    def _menu(self) -> list[Json]:
        return list(menus.entries(self.app.menu))


def _answers(asked: list[Question], choice: Choice) -> Choice:
    """By question the ids; raises AssertionError for what the card does not offer."""
    known = {question.key: question for question in asked}
    strange: Any = set(choice) - set(known)
    assert not strange, f"no question {strange}, only {list(known)}"
    return {key: _chosen(question, choice.get(key)) for key, question in known.items()}


def _chosen(question: Question, ids: list[str] | None) -> list[str]:
    if ids is None:
        return list(question.chosen)
    assert not question.disabled, f"{question.key} is disabled"
    strange = set(ids) - set(question.ids)
    assert not strange, f"no option {strange} in {question.key}, only {question.ids}"
    assert question.many or len(ids) == 1, f"{question.key} takes one option, not {ids}"
    assert len(ids) == len(set(ids)), f"{ids} has one twice"
    return ids

"""知桥 Zhiqiao: the command line, and the table of contents of what a person can do here."""

from __future__ import annotations

from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

import commands
from application import Contents, Handler
from conversations import approvals as approval_forms
from conversations import (
    assessment,
    broadcast,
    editing,
    event,
    groups,
    need,
    register,
    spoken,
    understanding,
    university,
)
from conversations import desk as desk_forms
from conversations import linking as linking_forms
from conversations import profile as fields
from conversations.acting import entering, press
from conversations.actions import DESK, FIRMS, ORGANIZERS, UNIVERSITIES, Action, Repertoire
from handlers import (
    absence,
    approvals,
    assessment_export,
    assessments,
    broadcasts,
    channels,
    claims,
    desk,
    entrance,
    events,
    favourites,
    forms,
    imports,
    linking,
    menu,
    need_changes,
    need_review,
    needs,
    order_book,
    patents,
    people,
    policy,
    privacy,
    profile,
    tiers,
    universities,
)
from handlers.absence import welcoming
from handlers.people import members
from pipeline.jobs import Do, Slow
from pipeline.turn import in_turn

ACTIONS = (
    Action("menu.show", menu.show, ("help",), "menu"),
    Action("menu.start", entrance.start, command="start"),
    Action("menu.guess", menu.guess),
    # people and their enterprise
    Action("people.register", people.register, ("register",), "register"),
    Action("claims.invite", claims.invite, roles=ORGANIZERS),
    Action("claims.make", claims.make, roles=ORGANIZERS),
    Action("people.consent", people.consent),
    Action("people.withdraw", people.withdraw),
    Action("claims.poster", claims.poster, roles=ORGANIZERS),
    Action("people.profile", profile.show, ("my_profile",), "profile"),
    Action("people.edit", profile.edit),
    Action("people.said", profile.said, ("edit_profile",)),
    Action("people.invite", profile.invite_member, ("invite_member",)),
    Action("people.roles", profile.roles, ("switch_role",)),
    Action("people.leave", people.leave, command="leave"),
    Action("people.left", people.left),
    Action("linking.show", linking.show, command="link"),
    Action("linking.enter", linking.enter),
    Action("linking.cut", linking.cut),
    Action("linking.undo", linking.undo),
    # who cannot be reached
    Action("absence.list", absence.lost, roles=ORGANIZERS),
    Action("absence.reveal", absence.reveal, roles=ORGANIZERS),
    Action("absence.relink", absence.relink, roles=ORGANIZERS),
    # one's own data
    Action("privacy.export", privacy.export, ("export_my_data",)),
    Action("privacy.plan", privacy.plan, ("delete_my_data",)),
    Action("privacy.erase", privacy.erase),
    # lists of firms
    Action("imports.start", imports.start, roles=ORGANIZERS),
    Action("imports.take", imports.take, roles=ORGANIZERS),
    Action("imports.drop", imports.drop, roles=ORGANIZERS),
    Action("imports.undo", imports.undo, roles=ORGANIZERS),
    # who may come in
    Action("approvals.list", approvals.waiting, command="approvals", roles=ORGANIZERS),
    Action("approvals.show", approvals.show),
    Action("approvals.accept", approvals.accept),
    Action("approvals.reasons", approvals.reasons, roles=ORGANIZERS),
    Action("approvals.refuse", approvals.refuse),
    Action("approvals.ask", approvals.ask, roles=ORGANIZERS),
    Action("approvals.answer", approvals.answer),
    Action("approvals.claim", approvals.claim),
    # needs and patents
    Action("needs.post", members(needs.post), ("post_need",), "need"),
    Action("needs.mine", members(needs.mine), ("my_needs",)),
    Action("needs.show", needs.show),
    Action("needs.matches", needs.matches),
    Action("needs.anyway", members(needs.anyway)),
    Action("needs.join", members(needs.join)),
    Action("needs.files", needs.files),
    Action("needs.edit", members(need_changes.edit), ("edit_need",)),
    Action("needs.end", members(need_changes.end), ("close_need",)),
    Action("needs.renew", members(need_changes.renew)),
    Action("needs.answer", members(need_review.answer)),
    Action("needs.queue", need_review.queue, command="review", roles=DESK),
    Action("needs.review", need_review.show, roles=DESK),
    Action("needs.publish", need_review.publish, roles=DESK),
    Action("needs.ask", need_review.ask, roles=DESK),
    Action("needs.met", need_review.met, roles=DESK),
    Action("needs.orders", order_book.listed, command="orders", roles=ORGANIZERS),
    Action("needs.order", order_book.show, roles=ORGANIZERS),
    Action("patents.browse", patents.browse, ("browse_patents",), "patents"),
    Action("patents.industry", patents.industry),
    Action("patents.page", patents.page),
    Action("patents.open", patents.licensed),
    Action("patents.found", patents.found),
    Action("patents.show", patents.show),
    Action("patents.detail", patents.detail, ("patent_detail",)),
    Action("patents.interest", patents.interest, ("contact_owner",)),
    Action("patents.licence", patents.licence),
    Action("patents.notice", patents.notice),
    Action("patents.partners", favourites.partners),
    Action("patents.compare", favourites.compare),
    Action("patents.mine", members(patents.mine), ("my_matches",)),
    Action("favourites.list", favourites.kept, command="favourites"),
    Action("favourites.add", favourites.add),
    Action("favourites.remove", favourites.remove),
    Action("tiers.show", tiers.show, command="tiers", roles=ORGANIZERS),
    Action("tiers.page", tiers.page, roles=ORGANIZERS),
    Action("tiers.why", tiers.why, roles=ORGANIZERS),
    # what enterprises think of patents
    Action("assessments.assess", members(assessments.assess), ("assess_patent",), roles=FIRMS),
    Action("assessments.instead", members(assessments.instead), roles=FIRMS),
    Action("assessments.edit", members(assessments.edit), roles=FIRMS),
    Action("assessments.comment", members(assessments.comment), roles=FIRMS),
    Action("assessments.reason", members(assessments.reason), roles=FIRMS),
    Action("assessments.undo", members(assessments.undo), roles=FIRMS),
    Action("assessments.accept", members(assessments.accept), roles=FIRMS),
    Action("assessments.decline", members(assessments.decline), roles=FIRMS),
    Action("assessments.show", members(assessments.show), roles=FIRMS),
    Action("assessments.mine", members(assessments.mine), command="assessments", roles=FIRMS),
    Action("assessments.history", members(assessments.history), roles=FIRMS),
    Action("assessments.export", assessment_export.export, roles=ORGANIZERS),
    Action("assessments.rows", assessment_export.rows, roles=ORGANIZERS),
    Action("universities.invite", universities.invite, roles=ORGANIZERS),
    Action("universities.digest", universities.digest, roles=UNIVERSITIES),
    # events
    Action("events.list", events.upcoming, ("list_events", "event_info"), "events", in_groups=True),
    Action("events.show", events.show, in_groups=True),
    Action("events.sign_up", members(events.sign_up), ("signup_event",)),
    Action("events.cancel", events.cancel, ("cancel_signup",)),
    Action("events.mine", events.mine, ("my_events", "checkin_self")),
    Action("events.create", events.create, ("create_event",), "create", ORGANIZERS),
    # notices
    Action("broadcasts.write", broadcasts.write, ("broadcast",), "broadcast", ORGANIZERS),
    Action("broadcasts.event", broadcasts.of_event, roles=ORGANIZERS),
    Action("broadcasts.send", broadcasts.send, roles=ORGANIZERS),
    Action("broadcasts.drop", broadcasts.drop, roles=ORGANIZERS),
    Action("broadcasts.report", broadcasts.report, roles=ORGANIZERS),
    # policy and the desk
    Action("policy.start", policy.start, in_groups=True),
    Action("policy.ask", policy.ask),
    Action("policy.clause", policy.clause, in_groups=True),
    Action("policy.next", policy.following, in_groups=True),
    Action("policy.prev", policy.before, in_groups=True),
    Action("policy.lead", policy.lead, in_groups=True),
    Action("policy.useful", policy.useful),
    Action("policy.wrong", policy.wrong),
    Action("policy.pull", policy.pull, roles=DESK),
    Action("policy.lift", policy.lift, roles=DESK),
    Action("desk.ask", desk.ask, ("talk_to_human", "feedback"), "human"),
    Action("desk.list", desk.waiting, ("list_tickets",), "tickets", DESK),
    Action("desk.show", desk.show, roles=DESK),
    Action("desk.reply", desk.reply, ("answer_ticket",), roles=DESK),
    # how a chat shows choices
    Action("channels.plain", channels.plain),
    Action("channels.cards", channels.cards),
    # the manners of every form
    Action("forms.choose", forms.choose),
    Action("forms.done", forms.done),
    Action("forms.skip", forms.skip),
    Action("forms.back", forms.back, ("go_back",)),
    Action("forms.fix", forms.fix),
    Action("forms.send", forms.send),
    Action("forms.cancel", forms.cancel, ("cancel_flow",), "cancel"),
    Action("forms.drop", forms.drop),
    Action("forms.aside", forms.aside),
    Action("forms.resume", forms.resume),
    Action("forms.meant", forms.meant),
    Action("forms.wondered", forms.wondered),
    Action("forms.switch", forms.switch),
)

FORMS = (
    register.form(people.registered),
    register.invitation(claims.invited),
    register.poster(claims.postered),
    *fields.forms(profile.edited),
    linking_forms.form(linking.entered),
    approval_forms.question(approvals.asked),
    approval_forms.answer(approvals.answered),
    need.post(needs.posted, needs.likely_segments),
    need.question(need_review.asked),
    need.answer(need_review.answered),
    need.change(need_changes.changed),
    university.invitation(universities.invited),
    assessment.form(assessments.assessed, assessments.subject),
    assessment.comment(assessments.commented, assessments.subject),
    event.form(events.created),
    broadcast.form(broadcasts.written),
    desk_forms.question(desk.asked),
    desk_forms.reply(desk.answered),
)

JOBS: dict[str, Do | Slow] = {
    "events.remind": events.remind,
    "broadcasts.fan_out": broadcasts.fan_out,
    "forms.offer": forms.offer,
    "approvals.escalate": approvals.escalate,
    "needs.chase": need_review.chase,
    "assessments.digest": universities.send,
    "policy.changed": policy.changed,
    "privacy.sweep": privacy.sweep,
    "imports.read": Slow(imports.reading, imports.read),
    "imports.write": Slow(imports.reading, imports.write),
    "imports.undo": imports.undone,
}


def handlers() -> list[Handler]:
    """Every entrance, in the order in which python-telegram-bot tries them."""
    new = filters.UpdateType.MESSAGE  # PTB would take an edited command for another one
    return [
        groups.InGroup(in_turn(groups.hear)),
        ChatMemberHandler(in_turn(groups.membership), ChatMemberHandler.MY_CHAT_MEMBER),
        *(CommandHandler(a.command, in_turn(entering(a)), new) for a in ACTIONS if a.command),
        CallbackQueryHandler(in_turn(welcoming(press))),
        MessageHandler(new & filters.Regex(spoken.pattern()), in_turn(spoken.hear)),
        MessageHandler(new & filters.Document.ALL, in_turn(imports.received)),
        MessageHandler(new, in_turn(welcoming(understanding.hear))),
        MessageHandler(filters.UpdateType.EDITED_MESSAGE, in_turn(editing.hear)),
    ]


KEEP_FILES = frozenset(form.name for form in FORMS if form.attachments)

CONTENTS = Contents(handlers, Repertoire(ACTIONS, FORMS), JOBS, KEEP_FILES, ORGANIZERS)

if __name__ == "__main__":
    commands.main(CONTENTS)

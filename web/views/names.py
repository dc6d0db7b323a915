"""What codes are called on the pages: topics, roles, intents, blanks. English here, Dutch in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from bot.staff import topic_names
from bot.staff.marks import N_
from db.queries.cases import Tab
from db.types import CaseState, DeliveryStatus, InboundKind, OutboxState, Role, Sensitivity

TABS: Mapping[Tab, str] = {
    Tab.MINE: N_("Mine"),
    Tab.TEAM: N_("Team"),
    Tab.UNASSIGNED: N_("Unassigned"),
    Tab.WAITING: N_("Waiting for parent"),
    Tab.CLOSED: N_("Closed"),
}
ROLES: Mapping[Role, str] = {
    Role.MENTOR: N_("mentor"),
    Role.TEAM_LEADER: N_("team leader"),
    Role.ABSENCE_DESK: N_("absence desk"),
    Role.CARE_COORDINATOR: N_("care coordinator"),
    Role.SAFETY_COORDINATOR: N_("safety coordinator"),
    Role.FINANCE: N_("finance"),
    Role.ADMINISTRATION: N_("administration"),
    Role.CONFIDENTIAL_COUNSELLOR: N_("confidential counsellor"),
    Role.PARENT_COUNCIL: N_("parent council"),
    Role.LAST_RESORT: N_("last resort"),
}
READERS: Mapping[str, str] = {
    **{role.value: name for role, name in ROLES.items()},
    "administrator": N_("administrator of the line"),
    "colleague": N_("colleague who stood in"),
}
CASE_STATES: Mapping[CaseState, str] = {
    CaseState.OPEN: N_("open"),
    CaseState.WAITING: N_("waiting for the parent"),
    CaseState.CLOSED: N_("closed"),
}
SENSITIVITIES: Mapping[Sensitivity, str] = {
    Sensitivity.OPEN: N_("not confidential"),
    Sensitivity.PERSONAL: N_("personal"),
    Sensitivity.SPECIAL: N_("confidential"),
}
TOPICS: Mapping[str, str] = topic_names.TOPICS
INTENTS: Mapping[str, str] = {
    "ask_school_hours": N_("school hours"),
    "ask_holidays": N_("holidays"),
    "ask_parent_evening": N_("parents' evening"),
    "ask_grades": N_("grades"),
    "ask_timetable": N_("timetable"),
    "ask_homework_help": N_("homework help"),
    "ask_school_costs": N_("school costs"),
    "ask_financial_help": N_("help with costs"),
    "ask_portal_login": N_("logging in"),
    "ask_school_contact": N_("contact details of the school"),
    "ask_career_guidance": N_("choosing subjects or studies"),
    "ask_special_support": N_("extra support"),
    "ask_newcomer_support": N_("newcomers"),
    "ask_parent_council": N_("the parent council"),
    "ask_exams": N_("exams"),
    "ask_enrolment": N_("enrolment"),
    "ask_books_devices": N_("books and devices"),
    "ask_school_rules": N_("school rules"),
    "ask_school_trip": N_("school trip"),
    "ask_expectations": N_("what school expects"),
    "who_is_mentor": N_("who the mentor is"),
    "contact_mentor": N_("message for the mentor"),
    "report_absence": N_("reporting absence"),
    "request_leave": N_("asking for days off"),
    "book_appointment": N_("making an appointment"),
    "report_concern": N_("a worry"),
    "report_bullying": N_("bullying"),
    "make_complaint": N_("a complaint"),
    "update_contact_details": N_("new contact details"),
    "talk_to_human": N_("speaking to a person"),
    "request_callback": N_("being called"),
    "request_interpreter": N_("an interpreter"),
    "change_language": N_("another language"),
    "emergency": N_("an emergency"),
    "privacy_question": N_("privacy"),
    "bot_challenge": N_("who is writing here"),
    "give_feedback": N_("an opinion"),
    "stop_messages": N_("stopping messages"),
    "greet": N_("a greeting"),
    "thank": N_("thanks"),
    "goodbye": N_("a goodbye"),
    "affirm": N_("yes"),
    "deny": N_("no"),
    "help": N_("help"),
    "out_of_scope": N_("something else"),
}
SUMMARY: Mapping[str, str] = {
    "message": N_("Message"),
    "of_age_on": N_("Turns 18 on"),
    "child_text": N_("Child, as she wrote it"),
    "corrects": N_("Not for, as said before"),
    "absence_kind": N_("Why"),
    "absence_date": N_("Day"),
    "absence_until": N_("Until"),
    "back_date": N_("Back at school on"),
    "leave_kind": N_("Why"),
    "leave_event": N_("Occasion"),
    "leave_dates": N_("Days"),
    "appointment_with": N_("With"),
    "appointment_subject": N_("School subject"),
    "appointment_about": N_("About"),
    "appointment_times": N_("When she can"),
    "interpreter_wanted": N_("Interpreter"),
    "callback_time": N_("When to call"),
    "wish": N_("Wants"),
    "need": N_("Would help"),
}
VALUES: Mapping[str, str] = {
    "sick": N_("sick"),
    "late": N_("late"),
    "doctor": N_("doctor"),
    "better": N_("better again"),
    "family": N_("family"),
    "religion": N_("religious duty"),
    "travel": N_("travel"),
    "wedding": N_("wedding"),
    "funeral": N_("funeral"),
    "jubilee": N_("anniversary"),
    "mentor": N_("mentor"),
    "teacher": N_("teacher"),
    "delete": N_("delete my data"),
    "interest": N_("wants to take part"),
    "question": N_("has a question"),
    "interpreter": N_("an interpreter"),
    "other_time": N_("another time of day"),
    "by_phone": N_("by phone"),
    "with_me": N_("somebody who comes along"),
    "call_me": N_("would rather be called"),
    "wellbeing": N_("how things are going"),
    "grades": N_("grades"),
    "morning": N_("in the morning"),
    "afternoon": N_("in the afternoon"),
    "any_time": N_("any time"),
    "other": N_("something else"),
    "yes": N_("yes"),
    "no": N_("no"),
}
KINDS: Mapping[InboundKind, str] = {
    InboundKind.VOICE: N_("Voice note"),
    InboundKind.PICTURE: N_("Picture"),
    InboundKind.VIDEO: N_("Video"),
    InboundKind.DOCUMENT: N_("Document"),
    InboundKind.STICKER: N_("Sticker"),
    InboundKind.LOCATION: N_("A place on the map"),
    InboundKind.CONTACT: N_("A contact"),
    InboundKind.EMPTY: N_("An empty message"),
    InboundKind.UNKNOWN: N_("A kind of message we do not know"),
}
EVENTS: Mapping[str, str] = {
    "opened": N_("Opened"),
    "reopened": N_("Open again"),
    "replied": N_("Answered"),
    "not_mine": N_("Passed on: not for me"),
    "handed_over": N_("Handed over"),
    "snoozed": N_("Put off"),
    "closed": N_("Closed"),
    "bound": N_("Known from now on who writes"),
    "merged": N_("Another case was taken into this one"),
    "merged_into": N_("Taken into another case"),
    "unmerged": N_("Two cases again"),
    "moved": N_("Messages moved to another case"),
    "moved_here": N_("Messages of another case moved here"),
    "about": N_("About this child from now on"),
    "made_open": N_("Made not confidential"),
    "made_personal": N_("Made personal"),
    "made_special": N_("Made confidential"),
    "not_delivered": N_("An answer did not arrive"),
    "by_sms": N_("WhatsApp did not bring an answer: it went by SMS"),
    "alarm_lost": N_("A warning to the safety rota did not arrive"),
    "media_gone": N_("Something the parent sent could not be copied"),
    "given_on": N_("Given on, because of an absence"),
    "new_mentor": N_("Given to the new mentor"),
    "reminded": N_("Reminded"),
    "to_next": N_("No answer yet: brought to the next"),
    "to_above": N_("No answer yet: brought to whoever is above"),
    "to_last_resort": N_("Still no answer: brought to the last resort"),
    "told_later": N_("The parent was told of a later day"),
    "not_told": N_("The parent could not be told of a later day: call"),
}

BLANKS: Mapping[str, str] = {
    "date": N_("Day"),
    "time": N_("Time"),
    "time1": N_("From"),
    "time2": N_("Until"),
    "child_name": N_("Child"),
    "child_class": N_("Class"),
    "amount": N_("Amount in euros"),
    "place": N_("Place"),
    "room": N_("Room"),
    "subject": N_("Subject at school"),
}
PHRASE_KINDS: Mapping[str, str] = {
    "contact": N_("Contact and appointments"),
    "absence": N_("Absence and sickness"),
    "work": N_("Results and work"),
    "behaviour": N_("Behaviour"),
    "good": N_("A good word"),
    "practical": N_("Practical"),
    "care": N_("Care and help"),
    "later": N_("The answer takes longer"),
    "closing": N_("Closing words"),
}
PROOFS: Mapping[str, str] = {
    "code": N_("By a code of the school"),
    "known_number": N_("By a number that school has, and the child's name"),
    "staff": N_("By a person at school"),
}
DOUBTS: Mapping[str, str] = {
    "silent": N_("Nobody wrote from this phone for more than a year."),
    "revived": N_("Messages no longer arrived on this phone, and now they do again: it may be somebody else's."),
    "moved": N_("WhatsApp says that number or account changed: it may be somebody else's."),
}
"""Why what was proven has to be proven again."""
OF_GUARDIAN: Mapping[str, str] = {
    "ended": N_("The line tells this phone nothing about the child any more."),
    "consent": N_("The consent is recorded."),
    "no-consent": N_("The consent is taken back."),
    "joined": N_("The two are one parent now."),
}
"""What was done on a guardian's page."""
WHY: Mapping[str, str] = {
    "passed_on": N_("Passed on by %(by)s, as the next for this."),
    "handed_over": N_("Handed over by %(by)s."),
    "stands_in": N_("Stands in for %(person)s (%(role)s)."),
    "nobody_holds_it": N_("Nobody is %(role)s now."),
    "all_away": N_("Everybody who is %(role)s is away."),
    "last_resort": N_("Nobody else could see to it: this is the last resort."),
    "silent": N_("%(person)s has not answered yet (%(role)s)."),
    "new_mentor": N_("New mentor of %(name)s."),
    "rule": N_("A rule of the school gives this to the %(role)s."),
    "rule_person": N_("A rule of the school names this person."),
    "blocked": N_("Our messages do not arrive: the phone blocks them. Call the parent."),
    "silence": N_("The parent was asked whether somebody is in danger and did not answer."),
    "shared_phone": N_("From a phone that several parents share: nobody said who wrote. It may be any of them."),
    "of_age": N_(
        "From the 18th birthday the parents are told nothing, unless the pupil consents. Ask; the administration records it."
    ),
    "good_word": N_("A good word: the answer comes to whoever said it."),
    "class": N_("Mentor of %(name)s."),
    "role": N_("This belongs to the %(role)s."),
}
"""Why a case came to somebody; `class` and `role` are the usual reasons."""

Mark = tuple[str, str, str]
"""A sign, the word beside it, and how it looks."""

PROOF: Mark = ("⏸", N_("waits until the parent proves again who writes"), "warn")
WINDOW: Mark = ("⏸", N_("waits until the parent writes"), "warn")
SENT: Mark = ("✓", N_("sent"), "")
STATES: Mapping[OutboxState, Mark] = {
    OutboxState.WAITING: ("⏸", N_("waits"), "warn"),
    OutboxState.QUEUED: ("…", N_("on its way"), ""),
    OutboxState.SENDING: ("…", N_("on its way"), ""),
    OutboxState.UNKNOWN: ("?", N_("not known yet whether it arrived"), "warn"),
    OutboxState.HELD: ("!", N_("held back: look at it"), "bad"),
    OutboxState.DEAD: ("✗", N_("not delivered"), "bad"),
}
DELIVERED: Mapping[DeliveryStatus, Mark] = {
    DeliveryStatus.READ: ("✓✓", N_("read"), "good"),
    DeliveryStatus.DELIVERED: ("✓✓", N_("delivered"), "good"),
    DeliveryStatus.FAILED: ("✗", N_("not delivered"), "bad"),
    DeliveryStatus.UNDELIVERED: ("✗", N_("not delivered"), "bad"),
}

"""What a case is about, as people at school read it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.staff.marks import N_

TOPICS: Mapping[str, str] = {
    "absence": N_("Reports an absence"),
    "leave": N_("Asks for days off"),
    "mentor_message": N_("Message for the mentor"),
    "appointment": N_("Wants an appointment"),
    "concern": N_("Is worried"),
    "bullying": N_("Reports bullying"),
    "complaint": N_("Has a complaint"),
    "contact_details": N_("New number or address"),
    "callback": N_("Wants to be called"),
    "interpreter": N_("Wants an interpreter"),
    "privacy": N_("Question about privacy"),
    "feedback": N_("Gives an opinion"),
    "human": N_("Wants to speak to a person"),
    "finance": N_("Question about money"),
    "parent_council": N_("About the parent council"),
    "enrolment": N_("About enrolment"),
    "portal": N_("Cannot log in"),
    "support": N_("Asks for extra help"),
    "question": N_("Has a question"),
    "media": N_("Sent something to look at"),
    "safety": N_("Safety"),
    "coming_of_age": N_("The pupil turns 18"),
    "failed": N_("Something went wrong at our side"),
}

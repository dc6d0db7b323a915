"""What Rasa's format has and ours has not: each is refused by name, for this reason. `docs/flows.md` lists them."""

from __future__ import annotations

from collections.abc import Mapping

SECTIONS: Mapping[str, str] = {
    "intents": "they are known by their examples",
    "entities": "they are known by their readers",
    "forms": "a flow with collect steps does the same",
    "session_config": "the application decides when a conversation ends",
    "config": "the application has its own settings",
    "e2e_actions": "flows are the only scripts",
    "nlu": "examples stand with the understanding",
    "stories": "flows are the only scripts",
    "rules": "flows are the only scripts",
}
IN_FLOW: Mapping[str, str] = {
    "always_include_in_prompt": "there is no prompt, because no language model chooses flows",
    "run_pattern_completed": "what is said after a flow stands in the flow",
    "file_path": "the folder is the only place flows are read from",
}
IN_TRIGGER: Mapping[str, str] = {
    "confidence_threshold": "understanding has one threshold for all intents, which is measured",
}
IN_STEP: Mapping[str, str] = {
    "generation_prompt": "no language model writes what parents read",
    "entry_prompt": "no language model writes what parents read",
    "user": "a flow starts by nlu_trigger only",
    "intent": "a flow starts by nlu_trigger only",
    "mcp_server": "a flow calls flows, no tools of another server",
    "exit_if": "a flow calls flows, no agents",
    "mapping": "a called flow shares the slots of its caller",
    "force_slot_filling": "a parent may always ask something else, stop, or get a person",
    "silence_timeout": "nobody is hurried; a question waits a day",
    "dtmf": "no flow runs on a telephone call",
    "metadata": "nothing reads it",
}
IN_CONDITION: Mapping[str, tuple[str, str]] = {
    "{{": ("a template ({{ }}) in a condition", "Name the slot: slots.name."),
    "context": ("what Rasa's patterns know (context.)", "Only slots are known here: slots.name."),
    "empty": ("'empty'", "An empty slot is null: slots.name is null."),
    "undefined": ("'undefined'", "An empty slot is null: slots.name is null."),
}
"""What Rasa's conditions have and ours do not, and what to write."""
SLOT_TYPES: Mapping[str, str] = {"list": "a slot holds one value"}
MAPPINGS: Mapping[str, str] = {
    "from_llm": "no language model reads what parents write",
    "from_trigger_intent": "give the slot a value where the flow starts",
}
IN_SLOT: Mapping[str, str] = {
    "validation": "use `rejections` of the collect step",
    "shared_for_coexistence": "there is one engine",
    "auto_fill": "write a mapping",
    "min_value": "use `rejections`",
    "max_value": "use `rejections`",
}
IN_MAPPING: Mapping[str, str] = {
    "conditions": "a slot is filled only while it is asked for",
    "role": "entities have no roles",
    "group": "entities have no groups",
    "run_action_every_turn": "actions are done by flows",
    "action": "actions are done by flows",
    "allow_nlu_correction": "an earlier answer may always be corrected",
    "coexistence_system": "there is one engine",
}
_TEXT_ONLY = "text and buttons are what reaches every channel"
IN_VARIANT: Mapping[str, str] = {
    "condition": "branch in the flow and use two responses",
    "custom": _TEXT_ONLY,
    "image": _TEXT_ONLY,
    "attachment": _TEXT_ONLY,
    "elements": _TEXT_ONLY,
    "quick_replies": _TEXT_ONLY,
    "button_type": _TEXT_ONLY,
    "metadata": "nothing reads it",
    "id": "a sentence is known by its response and its number",
    "allow_interruptions": "no flow runs on a telephone call",
}
PATTERNS: Mapping[str, str] = {
    "pattern_cancel_flow": "Change the response utter_cancelled.",
    "pattern_cannot_handle": "Change the response utter_not_understood_person.",
    "pattern_chitchat": "Change the responses utter_greet, utter_thank and utter_goodbye.",
    "pattern_clarification": "Change the response utter_not_understood.",
    "pattern_code_change": "Change the response utter_failed.",
    "pattern_collect_information": "Use the keys of a collect step.",
    "pattern_completed": "Say what comes after a flow at its end.",
    "pattern_continue_interrupted": "Change the responses utter_back_to and utter_continue_interrupted.",
    "pattern_correction": "Change the response utter_corrected_previous_input.",
    "pattern_customer_satisfaction": "Let an intent start a flow that asks it.",
    "pattern_human_handoff": "Change the responses utter_handed_over and utter_handed_over_role, or link to it.",
    "pattern_internal_error": "Change the response utter_failed.",
    "pattern_repeat_bot_messages": "The open question is repeated by itself.",
    "pattern_restart": "A parent stops a flow in her own words.",
    "pattern_search": "Give an intent its own response.",
    "pattern_session_start": "Change the response utter_first_contact.",
    "pattern_skip_question": "Give the question a button to skip it.",
    "pattern_user_silence": "Change the response utter_continue_interrupted.",
    "pattern_validate_slot": "Use `rejections` of the collect step.",
}
"""Rasa's patterns: the line does them itself (bot/turn), and a file cannot replace them. What to do instead."""

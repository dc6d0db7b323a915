"""All tables. Importing this package makes `Base.metadata` complete."""

from db.base import Base
from db.tables.broadcasts import Broadcast, BroadcastRecipient
from db.tables.cases import Case, CaseEvent, CaseRead
from db.tables.changes import SettingChange
from db.tables.chores import Chore
from db.tables.content import ContentRevision, ContentSentence, Unanswered
from db.tables.media import Media
from db.tables.messages import Conversation, Delivery, Inbox, Outbox, Timer
from db.tables.people import Address, BindCode, Binding, ClassMentor, Guardian, Guardianship, Pupil, SchoolClass
from db.tables.schools import Bucket, ChoiceTemplate, ProviderAccount, School, SchoolFact, Worker
from db.tables.staff import LoginAttempt, RotaShift, Session, Staff, StaffAbsence, StaffLogin, StaffRole

__all__ = [
    "Address",
    "Base",
    "BindCode",
    "Binding",
    "Broadcast",
    "BroadcastRecipient",
    "Bucket",
    "Case",
    "CaseEvent",
    "CaseRead",
    "ChoiceTemplate",
    "Chore",
    "ClassMentor",
    "ContentRevision",
    "ContentSentence",
    "Conversation",
    "Delivery",
    "Guardian",
    "Guardianship",
    "Inbox",
    "LoginAttempt",
    "Media",
    "Outbox",
    "ProviderAccount",
    "Pupil",
    "RotaShift",
    "School",
    "SchoolClass",
    "SchoolFact",
    "Session",
    "SettingChange",
    "Staff",
    "StaffAbsence",
    "StaffLogin",
    "StaffRole",
    "Timer",
    "Unanswered",
    "Worker",
]

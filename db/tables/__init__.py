"""All tables. Importing this package makes `Base.metadata` complete."""

from db.base import Base
from db.tables.broadcasts import Broadcast, BroadcastRecipient
from db.tables.calendar import CalendarChoice, CalendarEvent, CalendarSource, SchoolCalendar
from db.tables.cases import Case, CaseEvent, CaseNote, CaseRead, CaseWriter
from db.tables.changes import SettingChange
from db.tables.chores import Chore
from db.tables.contacts import Call
from db.tables.content import ContentExample, ContentRevision, ContentSentence, Unanswered
from db.tables.imports import ImportColumns, PeopleImport
from db.tables.media import Media
from db.tables.messages import Conversation, Delivery, Inbox, Outbox, Timer
from db.tables.people import Address, BindCode, Binding, ClassMentor, Guardian, Guardianship, Pupil, SchoolClass
from db.tables.schools import Bucket, ChoiceTemplate, ProviderAccount, School, SchoolFact, TranslationUse, Worker
from db.tables.staff import LoginAttempt, RotaShift, RoutingRule, Session, Staff, StaffAbsence, StaffLogin, StaffRole
from db.tables.telling import StaffMailCount, StaffMedium, StaffNotice

__all__ = [
    "Address",
    "Base",
    "BindCode",
    "Binding",
    "Broadcast",
    "BroadcastRecipient",
    "Bucket",
    "CalendarChoice",
    "CalendarEvent",
    "CalendarSource",
    "Call",
    "Case",
    "CaseEvent",
    "CaseNote",
    "CaseRead",
    "CaseWriter",
    "ChoiceTemplate",
    "Chore",
    "ClassMentor",
    "ContentExample",
    "ContentRevision",
    "ContentSentence",
    "Conversation",
    "Delivery",
    "Guardian",
    "Guardianship",
    "ImportColumns",
    "Inbox",
    "LoginAttempt",
    "Media",
    "Outbox",
    "PeopleImport",
    "ProviderAccount",
    "Pupil",
    "RotaShift",
    "RoutingRule",
    "School",
    "SchoolCalendar",
    "SchoolClass",
    "SchoolFact",
    "Session",
    "SettingChange",
    "Staff",
    "StaffAbsence",
    "StaffLogin",
    "StaffMailCount",
    "StaffMedium",
    "StaffNotice",
    "StaffRole",
    "Timer",
    "TranslationUse",
    "Unanswered",
    "Worker",
]

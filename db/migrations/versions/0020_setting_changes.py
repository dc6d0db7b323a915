"""Who changed what in the settings; and names in menus have one place."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0020"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None

# A school's own wording of these stood under `utter_title_..`, and stands under the flow that it starts now.
FLOWS = (
    "ask_enrolment",
    "ask_financial_help",
    "ask_newcomer_support",
    "ask_parent_council",
    "ask_portal_login",
    "ask_special_support",
    "book_appointment",
    "change_language",
    "contact_mentor",
    "give_feedback",
    "help",
    "make_complaint",
    "privacy_question",
    "report_absence",
    "report_bullying",
    "report_concern",
    "request_callback",
    "request_interpreter",
    "request_leave",
    "stop_messages",
    "talk_to_human",
    "update_contact_details",
    "who_is_mentor",
)


def upgrade() -> None:
    op.create_table(
        "setting_change",
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False, comment="As bot/staff/settings.py calls it."),
        sa.Column(
            "items",
            sa.JSON(),
            nullable=False,
            comment="By setting: [from, to]. Names colleagues and their numbers; never a secret.",
        ),
        sa.Column(
            "undoes_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="The change that this one takes back.",
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_setting_change_school_id_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "undoes_id"],
            ["setting_change.school_id", "setting_change.id"],
            name=op.f("fk_setting_change_school_id_undoes_id_setting_change"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_setting_change_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_change")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_setting_change_school_id_id")),
    )
    with op.batch_alter_table("setting_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_setting_change_school_id"), ["school_id"], unique=False)
    for flow in FLOWS:
        _rename(f"utter_title_{flow}/0", f"flow/{flow}/name")


def downgrade() -> None:
    for flow in FLOWS:
        _rename(f"flow/{flow}/name", f"utter_title_{flow}/0")
    with op.batch_alter_table("setting_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_setting_change_school_id"))

    op.drop_table("setting_change")


def _rename(old: str, new: str) -> None:
    statement = sa.text("UPDATE content_sentence SET context = :new WHERE context = :old")
    op.execute(statement.bindparams(old=old, new=new))

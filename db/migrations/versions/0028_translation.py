"""Machine translation: her words in Dutch, what a school allows, what it costs."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels = None
depends_on = None

UNTRANSLATED = sa.text("case_id IS NOT NULL AND (dutch_state IS NULL OR dutch_state = 'later')")


def upgrade() -> None:
    op.create_table(
        "translation_use",
        sa.Column("month", sa.String(length=7), nullable=False, comment="2026-11, in UTC."),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_translation_use_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_use")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_translation_use_school_id_id")),
        sa.UniqueConstraint("school_id", "month", name=op.f("uq_translation_use_school_id_month")),
    )
    with op.batch_alter_table("translation_use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_translation_use_school_id"), ["school_id"], unique=False)

    op.add_column(
        "school",
        sa.Column(
            "translation",
            sa.String(length=10),
            nullable=False,
            server_default="",
            comment="What a machine may translate: none, ordinary, all; empty: special content only in the house.",
        ),
    )
    for column in (
        sa.Column("dutch", sa.Text(), nullable=False, server_default="", comment="Her words in Dutch, by a computer."),
        sa.Column(
            "dutch_doubts",
            sa.JSON(),
            nullable=False,
            server_default="{}",
            comment="What may be wrong in it: [kind, words, in hers].",
        ),
        sa.Column(
            "dutch_state",
            sa.String(length=10),
            nullable=True,
            comment="done, later, cannot, none (needs none); empty: not looked at.",
        ),
        sa.Column("dutch_why", sa.String(length=20), nullable=False, server_default="", comment="Why there is none."),
        sa.Column("dutch_tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("dutch_at", Instant(), nullable=True, comment="When it is tried again."),
    ):
        op.add_column("inbox", column)
    op.create_index("ix_inbox_untranslated", "inbox", ["id"], sqlite_where=UNTRANSLATED, postgresql_where=UNTRANSLATED)


def downgrade() -> None:
    op.drop_index("ix_inbox_untranslated", table_name="inbox")
    for name in ("dutch_at", "dutch_tries", "dutch_why", "dutch_state", "dutch_doubts", "dutch"):
        op.drop_column("inbox", name)
    op.drop_column("school", "translation")
    with op.batch_alter_table("translation_use", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_translation_use_school_id"))

    op.drop_table("translation_use")

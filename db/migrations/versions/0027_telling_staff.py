"""What colleagues are told by mail and Telegram, how they want to hear it, and what came of their mail."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_mail_count",
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_staff_mail_count_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_mail_count")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_staff_mail_count_school_id_id")),
        sa.UniqueConstraint("school_id", "reason", name=op.f("uq_staff_mail_count_school_id_reason")),
    )
    with op.batch_alter_table("staff_mail_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_mail_count_school_id"), ["school_id"], unique=False)

    op.create_table(
        "staff_medium",
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("medium", sa.String(length=32), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=False, comment="HH:MM; empty: as the school opens."),
        sa.Column("closes", sa.String(length=5), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False, comment="Of the code that binds a chat, keyed."),
        sa.Column("code_until", Instant(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_staff_medium_school_id_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_staff_medium_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_medium")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_staff_medium_school_id_id")),
        sa.UniqueConstraint("school_id", "staff_id", name=op.f("uq_staff_medium_school_id_staff_id")),
    )
    with op.batch_alter_table("staff_medium", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_medium_school_id"), ["school_id"], unique=False)

    op.create_table(
        "staff_notice",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False, comment="When it happened."),
        sa.Column("due_at", Instant(), nullable=False, comment="Not before; moved while the colleague is not at work."),
        sa.Column("state", sa.String(length=12), nullable=False, comment="open, told, then sent; or moot, or nowhere"),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column(
            "told_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="Who was told: a substitute, where somebody is away.",
        ),
        sa.Column(
            "outbox_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="With which message; a reply to it belongs to the case.",
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "case_id"], ["case.school_id", "case.id"], name=op.f("fk_staff_notice_school_id_case_id_case")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_staff_notice_school_id_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_staff_notice_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notice")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_staff_notice_school_id_id")),
    )
    with op.batch_alter_table("staff_notice", schema=None) as batch_op:
        batch_op.create_index("ix_staff_notice_case_id", ["case_id", "staff_id"], unique=False)
        batch_op.create_index("ix_staff_notice_open", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_staff_notice_outbox_id", ["outbox_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_notice_school_id"), ["school_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("staff_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_notice_school_id"))
        batch_op.drop_index("ix_staff_notice_outbox_id")
        batch_op.drop_index("ix_staff_notice_open")
        batch_op.drop_index("ix_staff_notice_case_id")

    op.drop_table("staff_notice")
    with op.batch_alter_table("staff_medium", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_medium_school_id"))

    op.drop_table("staff_medium")
    with op.batch_alter_table("staff_mail_count", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_mail_count_school_id"))

    op.drop_table("staff_mail_count")

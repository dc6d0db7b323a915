"""Broadcasts: what the school says of itself to many, and what became of it for each."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "broadcast",
        sa.Column(
            "texts",
            sa.JSON(),
            nullable=False,
            comment="A sentence per language, Dutch among them; or there is a response.",
        ),
        sa.Column("response", sa.String(length=120), nullable=False, comment="The content's name for it."),
        sa.Column("values", sa.JSON(), nullable=False, comment="For its blanks."),
        sa.Column(
            "classes",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="To these classes; empty: to the whole school.",
        ),
        sa.Column("urgent", sa.Boolean(), nullable=False, comment="Closure, danger: at any hour, not counted."),
        sa.Column("until", Instant(), nullable=False, comment="What has not left by then never leaves."),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column(
            "cursor",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="The last guardian that was looked at.",
        ),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("released_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "released_too_by",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="The second person, for an urgent one.",
        ),
        sa.Column("released_at", Instant(), nullable=True),
        sa.Column("cancelled_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'cancelled') OR (released_by IS NOT NULL AND "
            "(NOT urgent OR (released_too_by IS NOT NULL AND released_too_by <> released_by)))",
            name=op.f("ck_broadcast_released"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "cancelled_by"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_broadcast_school_id_cancelled_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "made_by"], ["staff.school_id", "staff.id"], name=op.f("fk_broadcast_school_id_made_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "released_by"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_broadcast_school_id_released_by_staff"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "released_too_by"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_broadcast_school_id_released_too_by_staff"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_broadcast_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_broadcast_school_id_id")),
    )
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_broadcast_school_id"), ["school_id"], unique=False)
        batch_op.create_index("ix_broadcast_state", ["state"], unique=False)

    op.create_table(
        "broadcast_recipient",
        sa.Column("broadcast_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("guardian_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("left_out", sa.String(32), nullable=True),
        sa.Column(
            "outbox_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="Another guardian's, where both read the same phone.",
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "broadcast_id"],
            ["broadcast.school_id", "broadcast.id"],
            name=op.f("fk_broadcast_recipient_school_id_broadcast_id_broadcast"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "guardian_id"],
            ["guardian.school_id", "guardian.id"],
            name=op.f("fk_broadcast_recipient_school_id_guardian_id_guardian"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "outbox_id"],
            ["outbox.school_id", "outbox.id"],
            name=op.f("fk_broadcast_recipient_school_id_outbox_id_outbox"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_broadcast_recipient_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_recipient")),
        sa.UniqueConstraint(
            "broadcast_id", "guardian_id", name=op.f("uq_broadcast_recipient_broadcast_id_guardian_id")
        ),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_broadcast_recipient_school_id_id")),
    )
    with op.batch_alter_table("broadcast_recipient", schema=None) as batch_op:
        batch_op.create_index("ix_broadcast_recipient_guardian_id", ["guardian_id"], unique=False)
        batch_op.create_index("ix_broadcast_recipient_outbox_id", ["outbox_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_broadcast_recipient_school_id"), ["school_id"], unique=False)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_failed",
            ["id"],
            unique=False,
            sqlite_where=sa.text("code IS NOT NULL"),
            postgresql_where=sa.text("code IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_outbox_proactive",
            ["school_id"],
            unique=False,
            sqlite_where=sa.text("lane = 'proactive' AND state IN ('waiting', 'queued')"),
            postgresql_where=sa.text("lane = 'proactive' AND state IN ('waiting', 'queued')"),
        )
        batch_op.create_index(
            "ix_outbox_waiting",
            ["conversation_id", "seq"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )


def downgrade() -> None:

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_proactive",
            sqlite_where=sa.text("lane = 'proactive' AND state IN ('waiting', 'queued')"),
            postgresql_where=sa.text("lane = 'proactive' AND state IN ('waiting', 'queued')"),
        )
        batch_op.drop_index(
            "ix_outbox_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(
            "ix_outbox_failed", sqlite_where=sa.text("code IS NOT NULL"), postgresql_where=sa.text("code IS NOT NULL")
        )

    with op.batch_alter_table("broadcast_recipient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broadcast_recipient_school_id"))
        batch_op.drop_index("ix_broadcast_recipient_outbox_id")
        batch_op.drop_index("ix_broadcast_recipient_guardian_id")

    op.drop_table("broadcast_recipient")
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.drop_index("ix_broadcast_state")
        batch_op.drop_index(batch_op.f("ix_broadcast_school_id"))

    op.drop_table("broadcast")

"""Guardians who are one person, bindings in doubt, and when a mentor was introduced."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("guardian", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "merged_into_id",
                KEY,
                nullable=True,
                comment="The same person: number and name stay, so that an import finds her; all else is there.",
            )
        )
        batch_op.add_column(sa.Column("merged_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("merged_by_id", KEY, nullable=True, comment="Who said so."))
        batch_op.create_foreign_key(
            batch_op.f("fk_guardian_school_id_merged_into_id_guardian"),
            "guardian",
            ["school_id", "merged_into_id"],
            ["school_id", "id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_guardian_school_id_merged_by_id_staff"),
            "staff",
            ["school_id", "merged_by_id"],
            ["school_id", "id"],
        )
        batch_op.create_index("ix_guardian_merged_into_id", ["merged_into_id"], unique=False)
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "introduced_at",
                Instant(),
                nullable=True,
                comment="When the line told her who the pupil's mentor is, after she was bound.",
            )
        )
    with op.batch_alter_table("binding", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "doubted_at",
                Instant(),
                nullable=True,
                comment="Since when it proves nothing until she proves it again (bot/people/doubting.py).",
            )
        )
        batch_op.add_column(
            sa.Column(
                "doubt", sa.String(length=20), nullable=False, server_default="", comment="silent, revived or moved"
            )
        )
    with op.batch_alter_table("binding", schema=None) as batch_op:
        batch_op.alter_column("doubt", server_default=None)


def downgrade() -> None:
    # Older code knows neither of these, and would believe a binding that was in doubt.
    op.execute("UPDATE outbox SET state = 'held', wait_reason = NULL WHERE wait_reason = 'proof'")
    op.execute("UPDATE broadcast_recipient SET left_out = 'nowhere' WHERE left_out = 'unproven'")
    op.execute("UPDATE binding SET ended_at = doubted_at WHERE doubted_at IS NOT NULL AND ended_at IS NULL")
    with op.batch_alter_table("binding", schema=None) as batch_op:
        batch_op.drop_column("doubt")
        batch_op.drop_column("doubted_at")
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.drop_column("introduced_at")
    with op.batch_alter_table("guardian", schema=None) as batch_op:
        batch_op.drop_index("ix_guardian_merged_into_id")
        batch_op.drop_constraint(batch_op.f("fk_guardian_school_id_merged_by_id_staff"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_guardian_school_id_merged_into_id_guardian"), type_="foreignkey")
        batch_op.drop_column("merged_by_id")
        batch_op.drop_column("merged_at")
        batch_op.drop_column("merged_into_id")

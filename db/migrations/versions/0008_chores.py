"""What is done for each school by night."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chore",
        sa.Column("name", sa.String(length=40), nullable=False, comment="purge"),
        sa.Column("done_at", Instant(), nullable=False, comment="At first: when the school was first seen."),
        sa.Column("emptied", sa.Integer(), nullable=False, comment="How many rows that time."),
        sa.Column("held_by", sa.String(length=40), nullable=True, comment="The one worker that is at it."),
        sa.Column("held_until", Instant(), nullable=True, comment="By the database's clock."),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_chore_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chore")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_chore_school_id_id")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_chore_school_id_name")),
    )
    with op.batch_alter_table("chore", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_chore_school_id"), ["school_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("chore", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_chore_school_id"))

    op.drop_table("chore")

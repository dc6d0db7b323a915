"""Calls that colleagues made to guardians."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column("guardian_id", _KEY, nullable=False),
        sa.Column("pupil_id", _KEY, nullable=False),
        sa.Column("staff_id", _KEY, nullable=False),
        sa.Column("spoken", sa.Boolean(), nullable=False, comment="Or nobody answered."),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("id", _KEY, nullable=False),
        sa.Column("school_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "guardian_id"],
            ["guardian.school_id", "guardian.id"],
            name=op.f("fk_call_school_id_guardian_id_guardian"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"], name=op.f("fk_call_school_id_pupil_id_pupil")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"], ["staff.school_id", "staff.id"], name=op.f("fk_call_school_id_staff_id_staff")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_call_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_call_school_id_id")),
    )
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.create_index("ix_call_guardian_id", ["guardian_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_school_id"), ["school_id"], unique=False)


def downgrade() -> None:
    op.drop_table("call")

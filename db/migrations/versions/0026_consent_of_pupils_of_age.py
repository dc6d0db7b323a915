"""A pupil of age may consent that a guardian is still told; who recorded it, ended a binding, or read out a code."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels = None
depends_on = None
BY = (
    ("binding", "ended_by_id", "Who ended it; nobody: the guardian herself, or the line."),
    ("bind_code", "made_by_id", "Who read it out; nobody: it stands in a letter."),
)


def upgrade() -> None:
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "consent_at", Instant(), nullable=True, comment="Since when the pupil, of age, wants the guardian told."
            )
        )
        batch_op.add_column(
            sa.Column(
                "consent_by_id",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                nullable=True,
                comment="Who recorded it; nobody: on the command line.",
            )
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_guardianship_school_id_consent_by_id_staff"),
            "staff",
            ["school_id", "consent_by_id"],
            ["school_id", "id"],
        )
    for table, column, comment in BY:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column(column, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True, comment=comment)
            )
            batch_op.create_foreign_key(
                batch_op.f(f"fk_{table}_school_id_{column}_staff"), "staff", ["school_id", column], ["school_id", "id"]
            )


def downgrade() -> None:
    for table, column, _ in BY:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"fk_{table}_school_id_{column}_staff"), type_="foreignkey")
            batch_op.drop_column(column)
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_guardianship_school_id_consent_by_id_staff"), type_="foreignkey")
        batch_op.drop_column("consent_by_id")
        batch_op.drop_column("consent_at")

"""Templates through which an account shows choices."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0007"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "choice_template",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False, comment="Ends in the hash of its definition."),
        sa.Column("sid", sa.String(length=40), nullable=False, comment="Empty until it is made."),
        sa.Column("claimed_until", Instant(), nullable=True, comment="Until then one process makes it."),
        sa.Column("refused", sa.Integer(), nullable=False, comment="How often in a row, soon after each other."),
        sa.Column("refused_at", Instant(), nullable=True),
        sa.Column("refused_code", sa.String(length=40), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["provider_account.school_id", "provider_account.id"],
            name=op.f("fk_choice_template_school_id_account_id_provider_account"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_choice_template_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice_template")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_choice_template_account_id_name")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_choice_template_school_id_id")),
    )
    with op.batch_alter_table("choice_template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_choice_template_school_id"), ["school_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("choice_template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_choice_template_school_id"))

    op.drop_table("choice_template")

"""A school's own examples; and of what was not understood, what the line did and who put it aside."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels = None
depends_on = None

COMMENTS = (
    ("language", sa.String(length=10), "Hers, or `other`."),
    ("text", sa.Text(), "Known names and numbers are masked."),
    ("offered", sa.JSON(), "Up to three guesses, the best first."),
    ("chosen", sa.String(length=60), "The intent that she then chose, or person."),
    ("at", Instant(), "When she wrote it."),
)


def upgrade() -> None:
    op.create_table(
        "content_example",
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("intent", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "revision_id"],
            ["content_revision.school_id", "content_revision.id"],
            name=op.f("fk_content_example_school_id_revision_id_content_revision"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_content_example_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_example")),
        sa.UniqueConstraint(
            "revision_id", "language", "text", name=op.f("uq_content_example_revision_id_language_text")
        ),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_content_example_school_id_id")),
    )
    with op.batch_alter_table("content_example", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_content_example_school_id"), ["school_id"], unique=False)

    # What was kept so far has the names of children in it, and taps beside what they answered.
    op.execute(sa.text("DELETE FROM unanswered"))
    with op.batch_alter_table("unanswered", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "decision",
                sa.String(length=10),
                nullable=False,
                comment="offer: she was asked about them; person: it was passed on.",
            )
        )
        batch_op.add_column(
            sa.Column("settled_at", Instant(), nullable=True, comment="When an administrator put it aside.")
        )
        batch_op.add_column(
            sa.Column("settled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_unanswered_school_id_settled_by_id_staff"),
            "staff",
            ["school_id", "settled_by_id"],
            ["school_id", "id"],
        )
        for name, kind, comment in COMMENTS:
            batch_op.alter_column(name, existing_type=kind, comment=comment)


def downgrade() -> None:
    with op.batch_alter_table("unanswered", schema=None) as batch_op:
        for name, kind, _ in COMMENTS:
            batch_op.alter_column(name, existing_type=kind, comment=None)
        batch_op.drop_constraint(batch_op.f("fk_unanswered_school_id_settled_by_id_staff"), type_="foreignkey")
        batch_op.drop_column("settled_by_id")
        batch_op.drop_column("settled_at")
        batch_op.drop_column("decision")

    with op.batch_alter_table("content_example", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_content_example_school_id"))

    op.drop_table("content_example")

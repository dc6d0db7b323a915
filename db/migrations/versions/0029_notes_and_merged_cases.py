"""Notes that never leave, cases that were merged, and who is writing."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("merged_into_id", KEY, nullable=True, comment="The case that goes on in its place.")
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_case_school_id_merged_into_id_case"),
            "case",
            ["school_id", "merged_into_id"],
            ["school_id", "id"],
        )
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "detail",
                sa.JSON(),
                nullable=False,
                server_default="{}",
                comment="Which messages went where: numbers of rows, so that it can be undone.",
            )
        )
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.alter_column("detail", server_default=None)

    op.create_table(
        "case_note",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "case_id"], ["case.school_id", "case.id"], name=op.f("fk_case_note_school_id_case_id_case")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_case_note_school_id_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_case_note_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_case_note_school_id_id")),
    )
    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.create_index("ix_case_note_case_id", ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_note_school_id"), ["school_id"], unique=False)

    op.create_table(
        "case_writer",
        sa.Column("case_id", KEY, nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("school_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "case_id"], ["case.school_id", "case.id"], name=op.f("fk_case_writer_school_id_case_id_case")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_case_writer_school_id_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_case_writer_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_writer")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_case_writer_school_id_id")),
        sa.UniqueConstraint("school_id", "case_id", "staff_id", name=op.f("uq_case_writer_school_id_case_id_staff_id")),
    )
    with op.batch_alter_table("case_writer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_writer_school_id"), ["school_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("case_writer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_writer_school_id"))
    op.drop_table("case_writer")
    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_note_school_id"))
        batch_op.drop_index("ix_case_note_case_id")
    op.drop_table("case_note")
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_column("detail")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_case_school_id_merged_into_id_case"), type_="foreignkey")
        batch_op.drop_column("merged_into_id")

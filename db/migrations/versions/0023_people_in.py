"""People brought in from the school's own system: its history, its columns, and its number for a colleague."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_columns",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False, comment="Our fields, in order."),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_import_columns_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_columns")),
        sa.UniqueConstraint("school_id", "fingerprint", name=op.f("uq_import_columns_school_id_fingerprint")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_import_columns_school_id_id")),
    )
    with op.batch_alter_table("import_columns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_columns_school_id"), ["school_id"], unique=False)

    op.create_table(
        "people_import",
        sa.Column(
            "staff_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="None: from the command line.",
        ),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("looked_at", "done", "aside", name="importstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="csv, magister, oneroster 1.2 .."),
        sa.Column(
            "org",
            sa.String(length=80),
            nullable=False,
            comment="Which school of a OneRoster set, by its sourcedId.",
        ),
        sa.Column("part", sa.Boolean(), nullable=False, comment="Said to be a part of the school: nobody has left."),
        sa.Column("counts", sa.JSON(), nullable=False, comment="Figures, no names."),
        sa.Column("file_name", sa.String(length=120), nullable=False, comment="May name a person."),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_people_import_school_id_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_people_import_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_import")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_people_import_school_id_id")),
    )
    with op.batch_alter_table("people_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_import_school_id"), ["school_id"], unique=False)

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "number",
                sa.String(length=80),
                nullable=False,
                server_default="",
                comment="The school system's own number, where an import gave one.",
            )
        )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.alter_column("number", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("number")

    with op.batch_alter_table("people_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_people_import_school_id"))

    op.drop_table("people_import")
    with op.batch_alter_table("import_columns", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_columns_school_id"))

    op.drop_table("import_columns")

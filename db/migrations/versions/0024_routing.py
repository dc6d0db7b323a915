"""Who gets what, and until when: the rules of a school, last hours, and how far the silence of a case has come."""

import sqlalchemy as sa
from alembic import op

from db.types import Instant

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    op.create_table(
        "routing_rule",
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column(
            "class_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="Nothing: every class.",
        ),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column(
            "staff_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="A person by name, instead of a role.",
        ),
        sa.Column("declined", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id"],
            ["school_class.school_id", "school_class.id"],
            name=op.f("fk_routing_rule_school_id_class_id_school_class"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("fk_routing_rule_school_id_staff_id_staff"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_routing_rule_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_routing_rule_school_id_id")),
    )
    with op.batch_alter_table("routing_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_routing_rule_school_id"), ["school_id"], unique=False)
        batch_op.create_index("ix_routing_rule_topic", ["school_id", "topic"], unique=False)

    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("told_at", Instant(), nullable=True, comment="The latest moment that she was promised.")
        )
        batch_op.add_column(
            sa.Column(
                "look_at",
                Instant(),
                nullable=True,
                comment="When the line looks at it next (bot/staff/promises.py); nothing: at once.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "step",
                sa.Integer(),
                nullable=False,
                server_default="0",
                comment="How far its silence has come: bot/people/steps.py.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "reckoned",
                sa.Integer(),
                nullable=False,
                server_default="-1",
                comment="The version of the school with which its promise was reckoned.",
            )
        )
        batch_op.create_index("ix_case_look", ["look_at"], unique=False, sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.execute('UPDATE "case" SET told_at = promise_at')

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "last_hours",
                sa.JSON(),
                nullable=False,
                server_default="{}",
                comment="Not after HH:MM, by weekday; else until the school closes.",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("last_hours")

    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index("ix_case_look", sqlite_where=_OPEN, postgresql_where=_OPEN)
        for column in ("reckoned", "step", "look_at", "told_at"):
            batch_op.drop_column(column)

    with op.batch_alter_table("routing_rule", schema=None) as batch_op:
        batch_op.drop_index("ix_routing_rule_topic")
        batch_op.drop_index(batch_op.f("ix_routing_rule_school_id"))

    op.drop_table("routing_rule")

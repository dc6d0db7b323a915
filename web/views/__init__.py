"""The pages for staff. Handlers are thin: they read through `db.queries`, write through verbs in `bot`, decide nothing."""

"""Ways to reach people: one protocol, one adapter a provider, each the only importer of its vendor's library."""

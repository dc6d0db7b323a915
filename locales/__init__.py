"""Every sentence in every language: gettext catalogues and the few modules that read them.

Knows nobody: no flows, no database, no network, no other package of this house.
"""

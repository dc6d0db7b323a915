"""The catalogues and the modules that read them."""

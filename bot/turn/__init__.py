"""The turn: language, understanding, flow and routing in; what happened out. Pure."""

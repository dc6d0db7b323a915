"""`python -m nlu.rasa`: build Rasa's environment, train it on our examples, serve it. What is there already costs nothing."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nlu.rasa import environment, model

PORT = 5005


def main() -> None:
    """Do the step that is asked for, and those before it."""
    parser = argparse.ArgumentParser(prog="python -m nlu.rasa", description=__doc__)
    parser.add_argument("step", choices=["build", "train", "serve"])
    parser.add_argument("--host", default="127.0.0.1", help="the address to serve on; Rasa asks nobody for a password")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--model", type=Path, help="a model to serve, instead of one of our examples")
    asked = parser.parse_args()
    try:
        environment.build()
        if asked.step != "build":
            file = asked.model or model.train()
            environment.say(f"Rasa's model: {file}")
            if asked.step == "serve":
                environment.say(f"Rasa serves on http://{asked.host}:{asked.port} (OUDERLIJN_RASA_URL)")
                model.serve(file, host=asked.host, port=asked.port)
    except (environment.NoPython, environment.NotBuilt, model.NotTrained) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()

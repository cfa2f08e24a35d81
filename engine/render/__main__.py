"""`python -m engine.render`: names the GPU adapter, or leaves with 1 and says what is missing."""

import sys

from engine.errors import EngineError
from engine.render import adapter_description

if __name__ == "__main__":
    try:
        print(adapter_description())
    except EngineError as error:
        sys.exit(f"{error.message} {error.hint}")

"""`python -m engine.render`: prints the GPU adapter, or exits with 1 and prints what is missing."""

import sys

from engine.errors import EngineError
from engine.render import adapter_description

if __name__ == "__main__":
    try:
        print(adapter_description())
    except EngineError as error:
        sys.exit(f"{error.message} {error.hint}")

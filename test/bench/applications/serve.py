"""Serves requests by one of the applications beside it: `serve.py NAME`.

Not every collector has a module `__main__` for what an application looks up by name.
"""

import sys
from importlib import import_module

import_module(sys.argv.pop(1)).main()

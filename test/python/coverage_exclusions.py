"""What coverage.py 7.17 leaves out by default; its last releases for older Pythons leave out less."""

EXCLUDED = [
    r"#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER)",
    r"^\s*(?:(?:(?:async )?def .*?)?[\])]+(?:\s*->.*?)?:\s*)?\.\.\.\s*(?:#|$)",
    r"^\s*if (?:typing\.)?TYPE_CHECKING:",
]

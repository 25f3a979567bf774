#!/usr/bin/env python3
"""Writes `golden.json`: what Python's Jinja makes of the templates and conversations beside this file.

The environment is set up as the library transformers does for chats (its documentation, "Chat templates"): blocks trimmed,
loops with break and continue, `raise_exception`, `strftime_now`, `tojson` by `json.dumps` without escapes for HTML, and
the mark `generation`, which writes what is in it. A conversation that a template refuses is null. Needs jinja2.
"""

import datetime
import json
import pathlib

from jinja2 import TemplateError, ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = pathlib.Path(__file__).parent
NOW = datetime.datetime(2026, 3, 7, 13, 5, tzinfo=datetime.timezone.utc)


class Generation(ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def raise_exception(message):
    raise TemplateError(message)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, ext.loopcontrols])
    env.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


def main():
    conversations = json.loads((HERE / "conversations.json").read_text())
    golden = {}
    for path in sorted((HERE / "templates").glob("*.jinja")):
        template = environment().from_string(path.read_text())
        golden[path.stem] = {}
        for chat in conversations:
            try:
                text = template.render(
                    messages=chat["messages"], tools=chat["tools"] or None, documents=None, add_generation_prompt=True,
                    bos_token="<s>", eos_token="</s>", enable_thinking=False, thinking=False,
                )
            except TemplateError as error:
                print(f"{path.stem}, {chat['name']}: {error}")
                text = None
            golden[path.stem][chat["name"]] = text
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

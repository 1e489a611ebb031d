#!/usr/bin/env python3
"""manual.py RWATCH: writes the manual page of rwatch, in man(7), to standard output. Everything in it comes from the
program's own help, so that the two cannot differ."""
import json, re, subprocess, sys


def text(line):
    """A line of text as roff reads it."""
    line = line.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    line = line.replace("`", "\\(ga").replace('"', "\\(dq")
    line = line.replace("…", "...").replace("–", "\\(en")
    return "\\&" + line if line.startswith((".", "\\(aq")) else line


def block(lines):
    """A part of a discussion: prose is filled, and lines with a margin stay as they are."""
    if any(line.startswith(" ") for line in lines):
        title = lines[0] if not lines[0].startswith(" ") else None
        if title:
            yield ".PP"
            yield text(title)
        yield ".PP"
        yield ".nf"
        yield ".RS 0"
        yield from (text(line) for line in (lines[1:] if title else lines))
        yield ".RE"
        yield ".fi"
    else:
        yield ".PP"
        yield from (text(line) for line in lines)


def discussion(words):
    for part in re.split(r"\n\s*\n", words.strip("\n")):
        yield from block(part.split("\n"))


def option(argument):
    value = f" \\fI{text(argument['valueName'])}\\fR" if argument["kind"] == "option" else ""
    names = []
    for name in argument["names"]:
        dash = "-" if name["kind"] == "short" else "--"
        names.append(f"\\fB{text(dash + name['name'])}\\fR{value}")
    yield ".TP"
    yield ", ".join(names)
    yield text(argument.get("abstract", ""))


def sections(arguments):
    """The options by their headings, in the order of the headings."""
    found = {}
    for argument in arguments:
        if argument["kind"] != "positional" and argument.get("shouldDisplay", True):
            found.setdefault(argument.get("sectionTitle") or "General", []).append(argument)
    return found


def command(entry, shared):
    names = [entry["commandName"]] + entry.get("aliases", [])
    operands = "".join(
        f" [\\fI{text(a['valueName'])}\\fR{' ...' if a['isRepeating'] else ''}]"
        for a in entry["arguments"]
        if a["kind"] == "positional"
    )
    yield f".SS \"\\fBrwatch {', '.join(text(name) for name in names)}\\fR [\\fIoptions\\fR]{operands}\""
    yield text(entry.get("abstract", ""))
    if entry.get("discussion"):
        yield from discussion(entry["discussion"])
    for title, arguments in sections(entry["arguments"]).items():
        own = [a for a in arguments if json.dumps(a) not in shared]
        if not own:
            continue
        yield ".PP"
        yield f"\\fI{text(title)}\\fR"
        for argument in own:
            yield from option(argument)


def main():
    program = sys.argv[1]
    root = json.loads(subprocess.run([program, "--experimental-dump-help"], check=True, stdout=subprocess.PIPE).stdout)["command"]
    version = subprocess.run([program, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1]
    # Some are for shells alone.
    commands = [e for e in root["subcommands"] if e["commandName"] != "help" and e.get("shouldDisplay", True)]
    # What most commands have stands once, behind them.
    counts = {}
    for entry in commands:
        for argument in entry["arguments"]:
            if argument["kind"] != "positional":
                counts.setdefault(json.dumps(argument), []).append(argument)
    shared = {key: found[0] for key, found in counts.items() if len(found) * 2 >= len(commands)}

    lines = [f'.TH RWATCH 1 "" "rwatch {version}" "User Commands"', ".SH NAME"]
    lines += [f"rwatch \\- {text(root['abstract'][0].lower() + root['abstract'][1:].rstrip('.'))}", ".SH SYNOPSIS"]
    lines += [".B rwatch", "\\fIcommand\\fR [\\fIoptions\\fR] [\\fIargument\\fR ...]", ".SH DESCRIPTION"]
    lines += discussion(root["discussion"])
    lines.append(".SH COMMANDS")
    for entry in commands:
        lines += command(entry, shared)
    lines.append(".SH OPTIONS OF MOST COMMANDS")
    for title, arguments in sections(shared.values()).items():
        lines.append(f".SS {text(title)}")
        for argument in arguments:
            lines += option(argument)
    lines += [".SH ENVIRONMENT"]
    for name, meaning in [
        ("RWATCH_URL", "the server, when no option names one"),
        ("REDISCLI_AUTH", "a password"),
        ("RWATCH_KEY_PASS", "the password of the private key of \\-\\-cert"),
        ("RWATCH_CONFIG", "the file of targets, in place of rwatch/config in XDG_CONFIG_HOME or in \\(ti/.config"),
        ("RWATCH_COMPLETE_NAMES", "makes rwatch remember the last server, and the completions ask it for channels and keys"),
    ]:
        lines += [".TP", f"\\fB{name}\\fR", meaning]
    lines += [".SH SEE ALSO", "\\fBredis\\-cli\\fR(1)"]
    print("\n".join(lines))


main()

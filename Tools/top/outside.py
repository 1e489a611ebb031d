"""Looks at `rwatch top` from outside. Called by Tools/top/check."""
import os, re, shutil, signal, socket, subprocess, sys, tempfile, time

RWATCH = os.path.abspath(sys.argv[1])
SIZES = [(80, 24), (40, 12), (200, 60)]
# Whatever ends a process that does not handle it. Nobody can handle SIGKILL.
SIGNALS = "HUP INT QUIT ILL TRAP ABRT BUS FPE SEGV SYS TERM ALRM USR2 VTALRM PROF XCPU IO PWR STKFLT".split()
failures = []


def check(condition, words):
    print(("ok    " if condition else "FAIL  ") + words, flush=True)
    if not condition:
        failures.append(words)


def eventually(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Server:
    """A Redis server of its own."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        words = ["redis-server", "--port", str(self.port), "--save", "", "--dir", folder, "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        if not eventually(self.is_up):
            raise RuntimeError("no server")

    def is_up(self):
        with socket.socket() as link:
            return link.connect_ex(("127.0.0.1", self.port)) == 0

    def command(self, *words):
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True, check=True).stdout

    def calls(self):
        found = re.findall(r"cmdstat_([^:]+):calls=(\d+)", self.command("INFO", "commandstats"))
        return {name: int(count) for name, count in found}

    def load(self, name, count):
        """Sends a command so often, over one link."""
        lines = "".join(f"{name} key:{number % 7}{' v' if name == 'SET' else ''}\n" for number in range(count))
        subprocess.run(["redis-cli", "-p", str(self.port)], input=lines, capture_output=True, text=True, check=True)


class Shell:
    """An interactive shell in a tmux of its own."""

    def __init__(self, folder, shell, columns, rows):
        self.socket = os.path.join(folder, f"tmux-{shell.replace(' ', '')}-{columns}")
        self.folder = folder
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": folder, "TERM": "xterm"}
        subprocess.run(
            ["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), f"exec env 'PS1=READY> ' {shell}"],
            check=True,
            env=environment,
        )  # fmt: skip
        self.tmux("set", "-g", "status", "off")
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        if not eventually(lambda: self.lines()[-1:] == ["READY>"]):
            raise RuntimeError(f"no prompt: {self.lines()}")

    def tmux(self, *words):
        done = subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, text=True)
        return done.stdout

    def end(self):
        self.tmux("kill-server")

    def type(self, *keys):
        self.tmux("send-keys", *keys)

    def lines(self):
        return self.tmux("capture-pane", "-p").rstrip("\n").split("\n")

    def flags(self):
        """The size, whether a program has a screen of its own, whether the cursor shows, and whether the mouse is taken."""
        form = "#{pane_width} #{pane_height} #{alternate_on} #{cursor_flag} #{mouse_any_flag}"
        words = self.tmux("display-message", "-p", form).split()
        if not words:
            raise RuntimeError("the shell has ended")
        return [int(word) for word in words]

    def is_left(self):
        return self.flags()[2:] == [0, 1, 0]

    def settings(self, name):
        """What `stty -g` says now, by the shell."""
        path = os.path.join(self.folder, name)
        self.type(f"stty -g > {path}.part && mv {path}.part {path}", "Enter")
        if not eventually(lambda: os.path.exists(path)):
            raise RuntimeError(f"the shell is not there: {self.lines()}")
        with open(path) as file:
            text = file.read()
        os.remove(path)
        return text

    def shows(self, text):
        return eventually(lambda: any(text in line for line in self.lines()))

    def is_whole(self):
        """Whether the screen of top is drawn at the size that the terminal has."""
        columns, rows, is_other, shows_cursor, _ = self.flags()
        lines = self.lines()
        is_drawn = lines[0].startswith("rwatch 127.0.0.1:") and len(lines) == rows and "help" in lines[-1]
        return is_other == 1 and shows_cursor == 0 and is_drawn and all(len(line) <= columns for line in lines)


def pid_of_top(server):
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            with open(f"/proc/{number}/stat") as file:
                state = file.read().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if words[0] == RWATCH.encode() and str(server.port).encode() in words and state != "Z":
            return int(number)
    return None


def begin(shell, server):
    shell.type("clear", "Enter")
    shell.type(f"{RWATCH} top -i 250ms -p {server.port} -h 127.0.0.1", "Enter")
    return eventually(shell.is_whole)


def look(folder, server, program, columns, rows):
    shell = Shell(folder, program, columns, rows)
    words = f"{program} at {columns} × {rows}: "
    try:
        before = shell.settings("before")
        check(begin(shell, server), words + "the screen is whole")
        server.load("SET", 30)
        check(shell.shows("set "), words + "it shows what the server counts")
        for other in [size for size in SIZES if size != (columns, rows)] + [(columns, rows)]:
            shell.tmux("resize-window", "-x", str(other[0]), "-y", str(other[1]))
            check(eventually(shell.is_whole), words + f"whole at {other[0]} × {other[1]} after a resize")
        for turn in ("once", "twice"):
            shell.type("C-z")
            check(eventually(shell.is_left) and shell.shows("READY>"), words + f"Ctrl-Z gives the terminal back, {turn}")
            check(shell.settings("stopped") == before, words + f"stty -g is the same while it is stopped, {turn}")
            shell.type("clear; fg", "Enter")
            check(eventually(shell.is_whole), words + f"fg draws it again, {turn}")
        shell.type("q")
        check(eventually(shell.is_left) and shell.settings("after") == before, words + "q leaves the terminal as it was")
    finally:
        shell.end()


def kill(folder, server, program):
    shell = Shell(folder, program, 80, 24)
    try:
        before = shell.settings("before")
        for name in SIGNALS:
            is_whole = begin(shell, server)
            process = pid_of_top(server)
            if not is_whole or process is None:
                check(False, f"{program}: top begins before SIG{name}: {shell.lines()}")
                continue
            os.kill(process, getattr(signal, f"SIG{name}", 16))
            is_left = eventually(lambda: pid_of_top(server) is None) and eventually(shell.is_left)
            check(is_left and shell.settings("after") == before, f"{program}: SIG{name} leaves the terminal as it was")
    finally:
        shell.end()


def watch_calls(folder, server):
    trace = os.path.join(folder, "trace")
    top = [RWATCH, "top", "--batch", "--iterations", "2", "-i", "3s", "--source", "stats", "-p", str(server.port)]
    before = server.calls()
    calls = "trace=write,writev,send,sendto,sendmsg,sendmmsg"
    process = subprocess.Popen(
        ["strace", "-f", "-yy", "-s", "65536", "-e", calls, "-o", trace, *top], stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    # The first report comes after the first interval; the load lies between both.
    first = ""
    while "NODES " not in first:
        line = process.stdout.readline()
        if not line:
            break
        first += line
    sent = {"SET": 123, "GET": 77, "INCR": 11}
    for name, count in sent.items():
        server.load("INCR" if name == "INCR" else name, count)
    rest = process.communicate()[0]
    after = server.calls()
    check(process.returncode == 0, "strace: top ends with 0")
    with open(trace, errors="replace") as file:
        lines = [line for line in file if "<TCP" in line]
    text = "".join(lines).upper()
    check("INFO" in text and "CLIENT" in text, "strace: its questions are seen")
    check("MONITOR" not in text and "SUBSCRIBE" not in text, "strace: neither MONITOR nor a subscription is sent")
    check("monitor" not in after, "the server has never executed MONITOR")
    for name in sent:
        row = re.search(rf"^{name.lower()} +\S+ +(\d+)", rest.split("COMMANDS ")[-1], re.MULTILINE)
        difference = after.get(name.lower(), 0) - before.get(name.lower(), 0)
        check(row is not None and int(row[1]) == difference, f"{name}: its total is INFO's difference, {difference}")


def main():
    folder = tempfile.mkdtemp(prefix="rwatch-top-")
    server = Server(folder)
    try:
        watch_calls(folder, server)
        for program in ("bash --norc --noprofile -i", "dash -i"):
            if shutil.which(program.split()[0]) is None:
                print(f"not checked: {program.split()[0]} is not here")
                continue
            for columns, rows in SIZES:
                look(folder, server, program, columns, rows)
            kill(folder, server, program)
    except RuntimeError as problem:
        check(False, f"{problem}")
    finally:
        server.process.terminate()
        server.process.wait()
        shutil.rmtree(folder)
    print(f"{len(failures)} failed" if failures else "all is as it should be")
    return 1 if failures else 0


sys.exit(main())

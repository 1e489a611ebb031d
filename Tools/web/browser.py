"""Looks at the page of `rwatch web` in a browser. Called by Tools/web/check."""
import http.client, json, os, signal, socket, subprocess, sys, tempfile, threading, time, urllib.parse
from chromium import Browser

rwatch, folder = sys.argv[1], sys.argv[2]
is_long = "--long" in sys.argv
os.makedirs(folder, exist_ok=True)
failures = []


def check(condition, words):
    print(("ok    " if condition else "FAIL  ") + words, flush=True)
    if not condition:
        failures.append(words)


class Server:
    """A Redis server of its own."""

    def __init__(self, port=None):
        if port is None:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        self.port = port
        self.folder = tempfile.mkdtemp(prefix="rwatch-web-")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--dir", self.folder, "--bind", "127.0.0.1"],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                self.link = socket.create_connection(("127.0.0.1", self.port))
                self.file = self.link.makefile("rb")
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("no server")

    def send(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return self.file.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest

    def command(self, *words):
        self.link.sendall(self.send(*words))
        return self.reply()

    def info(self, section, field):
        for line in self.command("INFO", section).decode().splitlines():
            if line.startswith(field + ":"):
                return line[len(field) + 1:]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Watch:
    """A run of rwatch, and its URL."""

    def __init__(self, *words):
        self.process = subprocess.Popen([rwatch, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.url = self.process.stdout.readline().decode().strip()
        parts = urllib.parse.urlsplit(self.url)
        self.port, self.token = parts.port, parts.query.split("=")[1]

    def request(self, path, headers=None, method="GET", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.token}"} if headers is None else headers
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def state(self):
        return json.loads(self.request("/state")[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        check(status == -signal.SIGTERM, "rwatch ends by the signal")


text = "document.getElementById(%r).textContent"
number = "Number(document.getElementById(%r).textContent.replaceAll(',', ''))"


def numbers(browser):
    print("== numbers", flush=True)
    server = Server()
    for source in ["monitor", "stats"]:
        watch = Watch("web", "--source", source, "-p", str(server.port), "--redact", "none")
        page = browser.page()
        page.open(watch.url)
        page.wait(text % "connection" + " === 'live'")
        before = {name: calls(server, name) for name in ["set", "get", "incr"]}
        server.link.sendall(b"".join(
            server.send("SET", f"user:{index % 10}", "v") + server.send("GET", f"user:{index % 10}")
            + server.send("INCR", "counter") for index in range(1000)
        ))
        for _ in range(3000):
            server.reply()
        truth = {name: calls(server, name) - before[name] for name in before}
        rows = """Object.fromEntries([...document.querySelectorAll('#table tbody tr')].map((row) =>
            [row.cells[0].textContent, Number(row.cells[1].textContent.replaceAll(',', ''))]))"""
        page.run("document.querySelector('[data-name=commands]')?.click()")
        try:
            page.wait(f"(() => {{ const rows = {rows}; return rows.set === 1000 && rows.get === 1000 "
                      "&& rows.incr === 1000 })()")
        except AssertionError:
            pass
        shown = page.run(rows)
        check(all(shown.get(name) == truth[name] for name in truth),
              f"{source}: the page says what INFO says: {truth}, {shown}")
        if source == "monitor":
            page.run("document.querySelector('[data-name=keys]').click()")
            shown = page.run(rows)
            check(shown.get("counter") == 1000 and all(shown.get(f"user:{n}") == 200 for n in range(10)), "keys as well")
            check(page.run("document.querySelectorAll('#list li').length") <= 500, "the list is bounded")
            page.run("document.getElementById('where').value = 'size > '")
            page.run("document.querySelector('#selection button').click()")
            page.wait("!document.getElementById('where-mistake').hidden")
            check("\n        ^" in page.run(text % "where-mistake"), "a mistake is pointed at")
            page.run("document.getElementById('where').value = 'cmd = incr'")
            page.run("document.querySelector('#selection button').click()")
            page.wait("document.getElementById('list').dataset.where === 'cmd = incr'")
            server.command("SET", "not", "shown")
            server.command("INCR", "counter")
            page.wait("document.querySelectorAll('#list li').length === 1")
            check("INCR" in page.run(text % "list"), "the selection is the server's")
        check(page.complaints() == [], f"no complaints: {page.complaints()}")
        watch.stop()
    server.stop()


def calls(server, name):
    line = server.info("commandstats", f"cmdstat_{name}")
    return int(line.split(",")[0].split("=")[1]) if line else 0


HOSTILE = [
    b"<script>window.hacked=1</script>", b"<img src=x onerror=window.hacked=1>", b"</script><svg/onload=window.hacked=1>",
    "right-to-left \u202e override and \u200d joiner \u2066 isolate".encode(), b"invalid \xff\xfe utf-8", b"\x1b[31mred\x07",
    b"\"'`&amp;&lt;", "ünï\u00a0cödé 漢字 \U0001f600".encode(), b"line\nfeed\r\nand\ttab",
]


def hostile(browser):
    print("== hostile payloads", flush=True)
    server = Server()
    watch = Watch("web", "--source", "monitor", "-p", str(server.port), "--redact", "none")
    page = browser.page()
    page.open(watch.url)
    page.wait(text % "connection" + " === 'live'")
    watch.request("/subscribe", method="POST", body="kind=pattern&name=*")
    for payload in HOSTILE:
        server.command("SET", b"key " + payload, payload)
        server.command("PUBLISH", b"ch " + payload, payload)
        try:
            server.command(payload.replace(b"\n", b"").replace(b"\r", b""), payload)
        except Exception:
            pass
    page.wait("document.querySelectorAll('#list li').length >= 27")
    shown = page.run(text % "list")
    check("<script>window.hacked=1</script>" in shown and "<img src=x onerror" in shown, "markup shows as text")
    check("\\u{202e}" in shown and "\\u{200d}" in shown and "\u202e" not in shown, "directions show as escapes")
    check("\\xff\\xfe" in shown and "\\u{1b}[31mred\\u{7}" in shown, "bytes and controls show as escapes")
    check("漢字 \U0001f600" in shown, "text stays text")
    for name in ["keys", "channels"]:
        page.wait(f"document.querySelector('[data-name={name}]')")
        page.run(f"document.querySelector('[data-name={name}]').click()")
        table = page.run(text % "table")
        check("<script>window.hacked=1</script>" in table and "\u202e" not in table, f"in the table of {name} as well")
    check(page.run("document.querySelectorAll('#list script, #table script, #list img, #list svg').length") == 0
          and page.run("window.hacked === undefined"), "nothing has become markup or has run")
    refused = page.run("""(() => { try { document.body.innerHTML = '<b>x</b>'; return 'allowed' }
        catch (error) { return error.name } })()""")
    check(refused == "TypeError", "the policy lets no text become markup")
    page.screenshot(f"{folder}/hostile.png")
    complaints = [one for one in page.complaints() if "TrustedHTML" not in one and "trusted" not in one.lower()]
    check(complaints == [], f"no complaints: {complaints}")
    watch.stop()
    server.stop()


def refusals(browser):
    print("== refusals", flush=True)
    server = Server()
    watch = Watch("web", "-p", str(server.port))
    for words, path, headers, status in [
        ("no token", "/", {}, 401), ("a wrong token", "/?token=0", {}, 401),
        ("a wrong Host", "/", {"Host": "evil.example", "Authorization": f"Bearer {watch.token}"}, 421),
        ("a foreign Origin", "/state", {"Origin": "http://evil.example", "Authorization": f"Bearer {watch.token}"}, 403),
    ]:
        check(watch.request(path, headers)[0] == status, f"{words} is refused")
    # A page of another site that knows the port: it can neither read nor send, with the cookie in the same browser.
    page = browser.page()
    page.open(watch.url)
    page.wait(text % "connection" + " === 'live'")
    check(page.run("location.search") == "", "the address has no token any more")
    check(page.run("document.cookie") == "", "scripts see no cookie")
    page.open(watch.url.split("?")[0])
    page.wait(text % "connection" + " === 'live'")
    check(True, "the cookie keeps the token")
    other = Watch("web", "-p", str(server.port))
    page.open(other.url)
    result = page.run(f"""Promise.allSettled([fetch('http://127.0.0.1:{watch.port}/state', {{credentials: 'include'}}),
        fetch('http://127.0.0.1:{watch.port}/subscribe', {{method: 'POST', credentials: 'include', mode: 'no-cors',
        body: 'kind=channel&name=x'}})]).then((all) => all.map((one) => one.status).join())""")
    check(result == "rejected,rejected", "a page of another origin gets nothing")
    check(watch.state()["subscriptions"] == [], "and changes nothing")
    other.stop()
    watch.stop()
    server.stop()


def outage(browser):
    print("== an outage", flush=True)
    server = Server()
    watch = Watch("web", "news", "-p", str(server.port), "--redact", "none")
    page = browser.page()
    page.open(watch.url)
    page.wait(text % "connection" + " === 'live'")
    server.command("PUBLISH", "news", "before")
    page.wait(text % "list" + ".includes('before')")
    server.kill()
    page.wait(text % "connection" + " === 'a link is lost'")
    page.wait("document.querySelector('#nodes [data-state=away]')")
    check(page.run("document.querySelectorAll('#links [data-state=lost]').length") == 1, "link and server show as lost")
    time.sleep(2)
    server.start()
    page.wait(text % "connection" + " === 'live'", 30)
    page.wait("document.querySelector('#chart .gap')")
    page.wait(text % "list" + ".includes('gap: events may be missing here')")
    check(page.run(text % "gaps") == "1" and "gap of" in page.run(text % "incidents"), "the gap shows everywhere")
    server.command("PUBLISH", "news", "after")
    page.wait(text % "list" + ".includes('after')")
    check(True, "and events come again")
    page.screenshot(f"{folder}/outage.png")
    check(page.complaints() == [], f"no complaints: {page.complaints()}")
    watch.stop()
    page.wait(text % "connection" + " !== 'live'")
    check(True, "the page says that rwatch is gone")
    server.stop()


def load(browser):
    seconds = 60 if is_long else 10
    print(f"== 50,000 events a second for {seconds} s", flush=True)
    server = Server()
    watch = Watch("web", "load", "-p", str(server.port), "--redact", "none")
    page = browser.page()
    page.open(watch.url)
    page.wait(text % "connection" + " === 'live'")
    sent = 0
    end = time.monotonic() + seconds
    publisher = socket.create_connection(("127.0.0.1", server.port))
    threading.Thread(target=lambda: [None for _ in iter(lambda: publisher.recv(1 << 16), b"")], daemon=True).start()
    # The first moments are those of a page that has just begun.
    time.sleep(1)
    page.run("""window.tasks = []; new PerformanceObserver((list) => { for (const one of list.getEntries())
        tasks.push(one.duration) }).observe({ type: 'longtask' });""")
    heap = []
    begun = time.monotonic()
    next_look = begun + 2
    while time.monotonic() < end:
        batch = b"".join(server.send("PUBLISH", "load", f"message number {sent + index}") for index in range(500))
        publisher.sendall(batch)
        sent += 500
        if time.monotonic() > next_look:
            heap.append(page.run("gc(), performance.memory.usedJSHeapSize"))
            next_look += 2
        pause = begun + sent / 50000 - time.monotonic()
        if pause > 0:
            time.sleep(pause)
    rate = sent / (time.monotonic() - begun)
    page.wait(number % "total" + f" === {sent}", 30)
    check(True, f"all {sent:,} are counted, {rate:,.0f} a second")
    tasks = page.run("tasks")
    check(all(task <= 100 for task in tasks), f"no task above 100 ms: {[round(task) for task in sorted(tasks)[-5:]]}")
    check(max(heap) < 60e6 and heap[-1] < heap[0] * 1.5 + 5e6,
          f"the heap is steady: {', '.join(f'{size / 1e6:.1f}' for size in heap)} MB")
    listed = page.run("""document.querySelectorAll('#list li').length""")
    missed = page.run(number % "missed")
    check(listed <= 500 and missed > 0, f"the list has {listed}, and says that {missed:,} are left out")
    page.screenshot(f"{folder}/load.png")
    check(page.complaints() == [], f"no complaints: {page.complaints()}")
    watch.stop()
    server.stop()


def pictures(browser):
    print("== pictures", flush=True)
    watch = Watch("demo", "--web")
    page = browser.page()
    page.open(watch.url)
    page.wait(text % "connection" + " === 'live'")
    time.sleep(8)
    for scheme in ["light", "dark"]:
        page.scheme(scheme)
        for name, width, height in [("wide", 1440, 900), ("middle", 1000, 900), ("narrow", 390, 844)]:
            page.resize(width, height, 2 if width < 600 else 1)
            time.sleep(1.3)
            check(page.run("document.documentElement.scrollWidth <= innerWidth"), f"{name} {scheme} fits its width")
            page.screenshot(f"{folder}/{name}-{scheme}.png")
    page.resize(1440, 900)
    names = page.run("""[...document.querySelectorAll('button, input, select')].filter((one) => one.offsetParent
        && !(one.ariaLabel || one.textContent.trim() || one.labels?.length)).map((one) => one.outerHTML)""")
    check(names == [], f"all controls have names: {names}")
    for key, expression in [
        ("p", "document.getElementById('pause').ariaPressed === 'true'"),
        ("/", "document.activeElement.id === 'where'"), ("Escape", "document.activeElement === document.body"),
        ("t", "document.documentElement.dataset.theme === 'light'"), ("?", "document.getElementById('help').open"),
    ]:
        page.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key if len(key) == 1 else "")
        page.call("Input.dispatchKeyEvent", type="keyUp", key=key)
        page.wait(expression)
        check(True, f"the key {key} works")
    page.screenshot(f"{folder}/help.png")
    check(page.complaints() == [], f"no complaints: {page.complaints()}")
    watch.stop()


browser = Browser()
try:
    for part in [numbers, hostile, refusals, outage, load, pictures]:
        try:
            part(browser)
        except Exception as error:
            check(False, f"{part.__name__}: {type(error).__name__}: {error}")
finally:
    browser.close()
print(f"{len(failures)} of the checks failed" if failures else "all checks passed", flush=True)
sys.exit(1 if failures else 0)

# SPDX-License-Identifier: MIT
"""A secret given by reference stands nowhere but in the request, whatever happens to it."""
import base64
import contextlib
import http.server
import itertools
import os
import pathlib
import resource
import signal
import socket
import stat
import subprocess
import threading
import unittest

from harness import LONG, SANITIZED, Case, rounds, tally

SECRET = "canary-4f1b9c77d2"
VARIABLE = "DOGGED_TEST_TOKEN"
# As it is, and as basic authentication sends it behind "user:".
FORMS = (SECRET.encode(), base64.b64encode(b"user:" + SECRET.encode())[8:-4])


class Server:
    """Answers every request by `answer(handler)`, and remembers path and headers of each."""

    def __init__(self, case, answer):
        requests = self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                requests.append((self.path, dict(self.headers)))
                answer(self)

            do_CONNECT = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.url = self.origin + "/{id}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)

    def sent(self):
        """All that came, as one text."""
        return "\n".join(path + str(headers) for path, headers in self.requests)


def reply(handler, status=200, body=None, headers=(), reason=None):
    # Without the query, where a secret may stand.
    body = f'{{"path":"{handler.path.split("?")[0]}"}}'.encode() if body is None else body
    handler.send_response(status, reason)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    with contextlib.suppress(OSError):
        handler.wfile.write(body)


def echo(status):
    """What a careless server does: the credential in reason, headers and body of its refusal."""
    def answer(handler):
        got = handler.headers.get("Authorization", "")
        reply(handler, status, f'"{got}"'.encode(), [("WWW-Authenticate", got), ("X-Echo", got)], reason=f"No {got}")
    return answer


def dead_port(case):
    """Nobody listens there, nor gets it as a port of its own, for as long as the test takes."""
    held = socket.socket()
    case.addCleanup(held.close)
    held.bind(("127.0.0.1", 0))
    return held.getsockname()[1]


class SecretCase(Case):
    def setUp(self):
        super().setUp()
        # Outside of what is searched.
        self.vault = self.directory.with_name(self.directory.name + "-vault")
        self.vault.mkdir(mode=0o700)
        self.addCleanup(lambda: [p.unlink() for p in self.vault.iterdir()] and None or self.vault.rmdir())
        (self.vault / "token").write_text(SECRET + "\n")
        self.set_variable(VARIABLE, SECRET)
        self.ids = self.write_ids([*range(30), "bad id!"])
        self.texts = []

    def set_variable(self, name, value):
        os.environ[name] = value
        self.addCleanup(os.environ.pop, name, None)

    # A row that is no ID makes a rejects file.
    common = ("--id-pattern", "[0-9]+")

    def references(self):
        every = {"env": f"env:{VARIABLE}", "file": f"file:{self.vault}/token", "cmd": f"cmd:cat {self.vault}/token"}
        return itertools.cycle(every.values())

    def say(self, *arguments, expect=None):
        texts = self.run_dogged(*arguments, expect=expect)
        self.texts += texts
        return texts

    def attempt(self, *source, expect=None):
        """Everything that dogged can say about a run of `source`."""
        # A run that is answered ends by itself, however long it takes.
        limits = () if expect == 3 else ("--max-time", "1s", "--timeout", "500ms")
        fetch = ("fetch", self.ids, "-o", self.path("out.csv"), "--rejects", self.path("rejects.csv"), *self.common, *source,
                 "--max-attempts", "2", *limits, "--force", "-j", "4")
        self.say(*fetch, "-v", "--log-file", self.path("log.txt"), "--progress", "plain", expect=expect)
        others = [(*fetch, "-v", "--progress", "json", "--json"),
                  ("try", "1", "2", *source, "--timeout", "500ms", "-v"),
                  ("try", self.ids, *self.common, *source, "--timeout", "500ms", "--json")]
        for process in [self.start(*other) for other in others]:  # side by side: they mostly wait
            self.texts += self.finish(process)[1:]
        if LONG:
            self.look_inside()

    def look_inside(self):
        for command in (["source", "show"], ["status"], ["list", "--limit", "0"], ["show", "1"], ["limit"]):
            self.say(*command)
            self.say(*command, "--json")
        for table in ("settings", "attempts", "workers"):
            self.say("sql", f"SELECT * FROM {table}")
        self.say("verify")
        self.say("fields")
        self.say("export", "-o", "-")
        self.say("export", "-o", self.path("out.jsonl"), "--force")
        self.say("copy", "--to", self.path("copy.db"))

    def assert_nowhere(self):
        for text in self.texts:
            for form in FORMS:
                self.assertNotIn(form.decode(), text)
        files = [p for p in self.directory.rglob("*") if p.is_file()]
        self.assertGreater(len(files), 2)
        for path in files:
            content = path.read_bytes()
            for form in FORMS:
                self.assertNotIn(form, content, path)


class NoTrace(SecretCase):
    def test_of_a_header_by_reference(self):
        for reference in itertools.islice(self.references(), 3):
            server = Server(self, reply)
            self.attempt("--url", server.url, "-H", f"Authorization: Bearer {reference}", "-H", f"X-Odd: {reference}",
                         "--change-source", expect=3)
            self.assertIn(f"Bearer {SECRET}", server.sent())
            self.assertIn(f"'X-Odd': '{SECRET}'", server.sent())
            tally("secrets", "secret in a header by reference, all output and files searched")
        self.look_inside()
        self.assert_nowhere()

    def test_of_each_way_to_authenticate(self):
        ways = {
            "bearer": ('token = "{}"', f"Bearer {SECRET}"),
            "basic": ('user = "user"\npassword = "{}"', base64.b64encode(f"user:{SECRET}".encode()).decode()),
            "header": ('name = "X-My-Auth"\nvalue = "{}"', SECRET),
            "query": ('name = "auth"\nvalue = "{}"', f"?auth={SECRET}"),
        }
        references = self.references()
        for kind, (lines, expected) in ways.items():
            for reference in itertools.islice(references, rounds(1, 3)):
                server = Server(self, reply)
                source = self.directory / "source.toml"
                source.write_text(f'[request]\nurl = "{server.url}"\n[auth]\ntype = "{kind}"\n{lines.format(reference)}\n')
                self.attempt("--source", str(source), "--change-source", expect=3)
                self.assertIn(expected, server.sent(), kind)
                tally("secrets", "secret in [auth] of a source file, all output and files searched")
        self.look_inside()
        self.assert_nowhere()

    def test_of_a_kind_of_authentication_that_is_not_there(self):
        source = self.directory / "source.toml"
        source.write_text(f'[request]\nurl = "http://127.0.0.1:{dead_port(self)}/{{id}}"\n[auth]\ntype = "oauth2"\n'
                          f'token_url = "http://127.0.0.1/token"\nclient_id = "x"\nclient_secret = "env:{VARIABLE}"\n')
        self.attempt("--source", str(source), expect=2)
        self.assert_nowhere()

    def test_when_the_server_denies_and_quotes_it(self):
        for status in rounds((401, 429, 500), (400, 401, 403, 404, 407, 418, 429, 500, 503)):
            server = Server(self, echo(status))
            self.attempt("--url", server.url, "-H", f"Authorization: Bearer env:{VARIABLE}", "--change-source",
                         "-q")
            self.assertIn(SECRET, server.sent())
            # What a server wrote is data where it is kept or shown as data; no message of ours quotes it.
            errors = self.query("SELECT error FROM jobs UNION ALL SELECT error FROM attempts"
                                " UNION ALL SELECT value FROM settings")
            self.assertNotIn(SECRET, str(errors), status)
            self.assertNotIn(SECRET, (self.directory / "log.txt").read_text(), status)
            tally("secrets", "server that quotes the credential in reason, headers and body of its refusal")

    def test_when_the_connection_fails(self):
        plain = Server(self, reply)
        urls = {
            "refused": f"http://127.0.0.1:{dead_port(self)}/{{id}}",
            "no such name": "http://no-such-host.invalid/{id}",
            "TLS with a server that has none": plain.url.replace("http:", "https:"),
        }
        for what, url in urls.items():
            self.attempt("--url", url, "-H", f"Authorization: Bearer env:{VARIABLE}", "--change-source")
            self.assertNotIn(SECRET, plain.sent())
            tally("secrets", f"secret in a request whose connection fails: {what}")
        self.look_inside()
        self.assert_nowhere()

    def test_when_the_program_is_killed_by_a_fault(self):
        release = threading.Event()
        self.addCleanup(release.set)
        for number in (signal.SIGABRT, signal.SIGSEGV):
            server = Server(self, lambda handler: release.wait(60))
            process = self.start("fetch", self.ids, "-o", self.path("out.csv"), "--url", server.url, *self.common, "-v",
                                 "-H", f"Authorization: Bearer env:{VARIABLE}", "-H", f"X-Key: file:{self.vault}/token",
                                 "--change-source")
            self.wait_until(lambda: server.requests, "a request")
            command_line = pathlib.Path(f"/proc/{process.pid}/cmdline").read_text()
            self.assertIn(VARIABLE, command_line)
            self.texts.append(command_line)
            process.send_signal(number)
            self.texts += self.finish(process)[1:]
            self.assertNotEqual(process.returncode, 0)
            self.assert_nowhere()
            tally("secrets", "abort and segmentation fault with a secret in flight")
        self.look_inside()
        self.assert_nowhere()


class Elsewhere(SecretCase):
    """Credentials go to the server that they are for."""

    def test_they_do_not_follow_a_redirect_to_another_origin(self):
        other = Server(self, reply)
        first = Server(self, lambda h: reply(h, 302, b"", [("Location", other.origin + "/moved" + h.path.split("?")[0])]))
        source = self.directory / "source.toml"
        source.write_text(f'[request]\nurl = "{first.url}"\nredirect_other_origin = true\n'
                          f'headers = {{ X-Odd = "env:{VARIABLE}", Cookie = "env:{VARIABLE}", X-Plain = "kept" }}\n'
                          f'[auth]\ntype = "query"\nname = "auth"\nvalue = "env:{VARIABLE}"\n')
        self.attempt("--source", str(source), "-H", f"Authorization: Bearer env:{VARIABLE}", expect=3)
        self.assertGreaterEqual(first.sent().count(SECRET), 4)
        self.assertIn("kept", other.sent())
        self.assertNotIn(SECRET, other.sent())
        self.assertNotIn("Authorization", other.sent())
        self.assert_nowhere()
        tally("secrets", "redirect to another origin, followed without credentials", len(other.requests))

    def test_without_leave_such_a_redirect_is_not_followed(self):
        other = Server(self, reply)
        first = Server(self, lambda h: reply(h, 307, b"", [("Location", other.origin + f"/moved?token={SECRET}")]))
        self.attempt("--url", first.url, "-H", f"Authorization: Bearer env:{VARIABLE}")
        self.assertEqual(other.requests, [])
        self.assert_nowhere()
        tally("secrets", "redirect to another origin, refused")

    def test_a_proxys_password_is_for_the_proxy(self):
        server = Server(self, lambda h: reply(h, 407))
        self.set_variable("http_proxy", server.origin.replace("//", f"//user:{SECRET}@"))
        environment = self.environment
        self.environment = lambda: {**environment(), "http_proxy": os.environ["http_proxy"]}
        self.attempt("--url", "http://example.invalid/{id}")
        self.assertIn(FORMS[1].decode(), server.sent())
        os.environ["http_proxy"] = f"http://user:{SECRET}@127.0.0.1:{dead_port(self)}"
        self.attempt("--url", "http://example.invalid/{id}")
        os.environ["http_proxy"] = f"http://user:{SECRET}@[wrong"
        self.attempt("--url", "http://example.invalid/{id}")
        self.assert_nowhere()
        tally("secrets", "proxy with a password that denies, is dead or is no URL", 3)

    def test_a_command_gets_no_other_secret(self):
        seen = self.directory / "seen"
        server = Server(self, reply)
        command = f"cmd:tr '\\0' '\\n' < /proc/self/environ > {seen}; tr '\\0' '\\n' < /proc/$PPID/cmdline >> {seen}; ls -l /proc/self/fd >> {seen}; echo word"
        self.say("fetch", self.ids, "-o", self.path("out.csv"), "--url", server.url, *self.common,
                 "-H", f"Authorization: Bearer file:{self.vault}/token", "-H", f"X-Word: {command}", expect=3)
        self.assertIn("word", server.sent())
        self.assertIn("PATH=", seen.read_text())
        self.assertNotIn("dogged.db", "".join(l for l in seen.read_text().splitlines() if "->" in l))
        # The environment is inherited as it is, a variable that holds a secret with it.
        seen.write_text(seen.read_text().replace(f"{VARIABLE}={SECRET}", ""))
        self.assert_nowhere()
        tally("secrets", "what a cmd: reference's child is given")


class Literal(SecretCase):
    """A secret as it is, on the command line: taken with a warning, and not kept."""

    def test_in_a_header(self):
        server = Server(self, reply)
        _, err = self.say("import", self.ids, *self.common, "--url", server.url, "-H", f"Authorization: Bearer {SECRET}", expect=3)
        self.assertIn("warning", err)
        _, err = self.say("run", "--max-time", "2s", expect=2)
        self.assertIn("Authorization", err)
        self.attempt("--url", server.url, "-H", f"Authorization: Bearer {SECRET}", expect=3)
        self.assert_nowhere()
        tally("secrets", "literal secret on the command line")

    def test_in_front_of_the_host(self):
        self.attempt("--url", f"http://user:{SECRET}@127.0.0.1:{dead_port(self)}/{{id}}", expect=2)
        self.attempt("--url", f"user:{SECRET}@127.0.0.1/{{id}}", expect=2)
        for text in self.texts:
            self.assertNotIn(SECRET, text)
        tally("secrets", "user:password@ in the URL")

    def test_in_the_proxys_address(self):
        _, err = self.say("try", "1", "--url", "http://example.invalid/{id}", "--proxy",
                          f"http://user:{SECRET}@127.0.0.1:{dead_port(self)}", "-v")
        self.assertIn("warning", err)
        self.attempt("--url", "http://example.invalid/{id}", "--proxy", f"http://user:{SECRET}@127.0.0.1:{dead_port(self)}")
        self.assert_nowhere()

    def test_in_the_query_it_is_kept_for_it_is_part_of_the_question(self):
        server = Server(self, reply)
        _, err = self.say("import", self.ids, *self.common, "--url", server.url + f"?api_key={SECRET}", expect=3)
        self.assertRegex(err, "warning.*the store keeps it")
        self.assertNotIn(SECRET, err)


class References(SecretCase):
    def test_one_that_leads_nowhere_is_named_before_anything_is_asked(self):
        server = self.standin()
        _, err = self.run_dogged("fetch", self.write_ids([1]), "-o", self.path("o.csv"), "--url", server.url,
                                 "-H", "Authorization: Bearer env:NOT_SET_ANYWHERE", expect=2)
        self.assertIn("NOT_SET_ANYWHERE", err)
        self.assertEqual(server.requests(), [])

    def test_a_server_that_answers_with_the_credential_has_it_stored(self):
        # As README says: an answer is data, whatever is in it.
        server = Server(self, lambda h: reply(h, 200, f'{{"you":"{h.headers["Authorization"]}"}}'.encode()))
        self.say("fetch", self.ids, "-o", self.path("out.csv"), *self.common, "--url", server.url, "-v", "--trust-answers",
                 "--log-file", self.path("log.txt"), "-H", f"Authorization: Bearer env:{VARIABLE}", expect=3)
        self.assertIn(SECRET, (self.directory / "out.csv").read_text())
        self.assertNotIn(SECRET, (self.directory / "log.txt").read_text() + "".join(self.texts))


class Modes(Case):
    """What others on the machine may read, with a umask that lets them all."""

    def setUp(self):
        super().setUp()
        self.seen = {}  # name -> modes

    def begin(self, *arguments, **options):
        return subprocess.Popen(self.command(*arguments), cwd=self.directory, env=self.environment(),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, umask=0, **options)

    def look(self):
        for entry in os.scandir(self.directory):
            with contextlib.suppress(FileNotFoundError):
                self.seen.setdefault(entry.name, set()).add(stat.S_IMODE(entry.stat().st_mode))
        return self.seen

    def watch(self, process):
        while process.poll() is None:
            self.look()
        self.assertIn(process.returncode, (0, 3))
        self.look()

    def test_the_store_and_all_temporary_files_are_the_owners_alone(self):
        feeding = self.begin("import", "-", stdin=subprocess.PIPE, text=True)
        feeding.stdin.write("id\n" + "".join(f"{n}\n" for n in range(100_000)))
        feeding.stdin.flush()
        self.wait_until(self.look, "a file of the import")
        feeding.stdin.close()
        self.watch(feeding)

        release = threading.Event()
        self.addCleanup(release.set)
        server = Server(self, lambda handler: release.wait(60) and reply(handler))
        running = self.begin("run", "--url", server.url, "--limit", "3")
        self.wait_until(lambda: server.requests, "a request")
        self.look()
        release.set()
        running.wait(60)

        self.watch(self.begin("export", "-o", "out.csv"))
        self.watch(self.begin("copy", "--to", "copy.db"))
        self.assertEqual(self.seen.pop("out.csv"), {0o666})  # as the umask says
        for name in [name for name in self.seen if name.startswith("out.csv.tmp-")]:
            self.seen[name] -= {0o666}  # the moment between the last byte and the rename
        self.assertLess({"dogged.db", "dogged.db-wal", "dogged.db-shm", "copy.db"}, set(self.seen))
        self.assertEqual({name: modes for name, modes in self.seen.items() if modes - {0o600}}, {})
        tally("secrets", "file modes with umask 000: store, log, locks, temporary files", len(self.seen))

    def test_a_store_that_others_may_read_stays_so(self):
        self.run_dogged("import", self.write_ids([1]))
        self.db.chmod(0o640)
        server = Server(self, lambda handler: self.look() and reply(handler))
        self.assertIn(self.begin("run", "--url", server.url).wait(60), (0, 4))
        self.assertEqual(self.seen["dogged.db"] | self.seen["dogged.db-wal"], {0o640})


class CoreDump(Case):
    @unittest.skipIf(SANITIZED, "a sanitizer handles faults itself")
    def test_a_fault_leaves_no_core_behind(self):
        def unlimited():
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

        def dumps_core(command, ready):
            process = subprocess.Popen(command, cwd=self.directory, env=self.environment(), preexec_fn=unlimited,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            ready(process)
            process.send_signal(signal.SIGABRT)
            _, status = os.waitpid(process.pid, 0)
            process.returncode = status
            self.assertTrue(os.WIFSIGNALED(status))
            return os.WCOREDUMP(status)

        try:
            others_do = dumps_core(["sleep", "60"], lambda process: None)
        except (ValueError, subprocess.SubprocessError):
            self.skipTest("core dumps cannot be allowed here")
        if not others_do:
            self.skipTest("this machine writes no core dumps")
        release = threading.Event()
        self.addCleanup(release.set)
        server = Server(self, lambda handler: release.wait(60))
        fetch = self.command("fetch", self.write_ids([1]), "-o", self.path("out.csv"), "--url", server.url)
        self.assertFalse(dumps_core(fetch, lambda _: self.wait_until(lambda: server.requests, "a request")))
        tally("secrets", "core dump after an abort")

# SPDX-License-Identifier: MIT
"""Signals that a program may heed, at any instant: it ends soon, properly, and nothing is lost."""
import os
import pty
import resource
import signal
import time

from harness import rounds, tally
from killing import KillCase, without_times

IDS = 60
# How a command may end: by itself, as the signal has it, or by the signal before it was heeded.
ENDINGS = {signal.SIGINT: (0, 130, -signal.SIGINT), signal.SIGTERM: (0, 4, -signal.SIGTERM),
           signal.SIGHUP: (0, 4, -signal.SIGHUP), signal.SIGQUIT: (0, -signal.SIGQUIT),
           signal.SIGPIPE: (0, -signal.SIGPIPE)}


class KillSignals(KillCase):
    def setUp(self):
        super().setUp()
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        self.server = self.standin("--delay", 30, "--missing-share", "0.05")
        self.ids = self.write_ids(range(IDS))
        self.out = self.directory / "out.csv"
        self.fetch = ("fetch", self.ids, "-o", self.out, "--url", self.server.url, "-j", 8)

    def signalled(self, process, delay, *numbers):
        """(status, stderr) of a process that is sent these signals, a little apart."""
        time.sleep(delay)
        for number in numbers:
            process.send_signal(number)
            time.sleep(self.rng.uniform(0, 0.02))
        status, _, err = self.finish(process, 60)
        return status, err

    def check_nothing_lost(self, before, status, err):
        now = self.assert_kept(before)
        if self.db.exists() and self.rows("SELECT count(*) FROM jobs"):
            self.verify()
        if status >= 0:  # it ended as it wanted to
            self.assertEqual(self.rows("SELECT count(*) FROM jobs WHERE state = 'leased'"), [(0,)], err)
            self.assertEqual(self.left_over(".tmp-"), [], err)
        for path in self.left_over(".tmp-"):
            path.unlink()  # of a process that was killed; the next round looks for its own
        return now

    def test_a_signal_at_a_random_instant_ends_a_fetch_properly(self):
        span = self.span_of(*self.fetch)
        expected = without_times(self.out)
        tried = 0
        seen = {}
        for _ in range(rounds(2, 40)):
            for number, endings in ENDINGS.items():
                self.forget_store()
                self.out.unlink(missing_ok=True)
                status, err = self.signalled(self.start(*self.fetch), self.rng.uniform(0, span), number)
                self.assertIn(status, endings, f"{number}: {err}")
                seen[number, status] = seen.get((number, status), 0) + 1
                kept = self.check_nothing_lost({}, status, err)
                if self.out.exists() and status == 4:  # what was done by then, in every row's place
                    self.assertEqual(len(self.read_csv(self.out)), IDS)
                elif self.out.exists():
                    self.assertEqual(without_times(self.out), expected)
                self.run_dogged(*self.fetch)
                self.assert_kept(kept)
                self.assertEqual(without_times(self.out), expected)
                tried += 1
        print({f"{n.name} -> {s}": c for (n, s), c in seen.items()}, flush=True)
        tally("crash", "SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE during a fetch", tried)

    def test_ctrl_c_twice_at_a_random_instant_ends_a_fetch_at_once(self):
        span = self.span_of(*self.fetch)
        expected = without_times(self.out)
        n = rounds(4, 200)
        for _ in range(n):
            self.forget_store()
            self.out.unlink(missing_ok=True)
            status, err = self.signalled(self.start(*self.fetch), self.rng.uniform(0, span),
                                         signal.SIGINT, signal.SIGINT)
            self.assertIn(status, (0, 130, -signal.SIGINT), err)
            kept = self.check_nothing_lost({}, status, err)
            self.run_dogged(*self.fetch)
            self.assert_kept(kept)
            self.assertEqual(without_times(self.out), expected)
        tally("crash", "Ctrl-C twice during a fetch", n)

    def test_a_signal_at_a_random_instant_leaves_an_import_or_an_export_whole(self):
        self.run_dogged(*self.fetch)
        more = self.write_ids(range(1000, 9000), "more.csv")
        export = self.directory / "export.csv"
        commands = [("import", more), ("export", "-o", export, "--force", "--batch", "all")]
        spans = [self.span_of(*command) for command in commands]
        whole = export.read_bytes()
        self.keep_store("export.db")
        self.run_dogged("remove", "--batch", "more.csv", "--yes")
        self.keep_store("import.db")
        kept = self.answers()
        tried = 0
        for _ in range(rounds(1, 40)):
            for number, endings in ENDINGS.items():
                for command, span in zip(commands, spans):
                    self.put_store(f"{command[0]}.db")
                    export.write_bytes(b"old\n")
                    for left in self.left_over(".tmp-"):
                        left.unlink()
                    status, err = self.signalled(self.start(*command), self.rng.uniform(0, span), number)
                    self.assertIn(status, endings, f"{command}: {err}")
                    self.check_nothing_lost(kept, status, err)
                    if command[0] == "import":
                        self.assertIn(self.rows("SELECT count(*) FROM jobs"), ([(IDS,)], [(IDS + 8000,)]))
                    else:
                        self.assertIn(export.read_bytes(), (b"old\n", whole))
                    tried += 1
        tally("crash", "SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGPIPE during an import and an export",
              tried)

    def run_on_terminal(self, *arguments):
        """(process id, terminal): the program as the leader of a session on a terminal of its own."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.directory)
            os.execve(self.command()[0], self.command(*arguments), self.environment())
        self.addCleanup(self.end_child, pid)
        return pid, terminal

    @staticmethod
    def end_child(pid):
        try:
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        except ChildProcessError:
            pass  # it was waited for

    def status_of(self, pid):
        ended = []

        def look():
            found, status = os.waitpid(pid, os.WNOHANG)
            ended.append(status) if found else None
            return ended
        self.wait_until(look, "the end of the program")
        return os.waitstatus_to_exitcode(ended[0])

    def test_a_run_whose_terminal_is_closed_drains_and_ends_with_4(self):
        self.run_dogged("import", self.write_ids(range(2000), "many.csv"), "--url", self.server.url)
        for _ in range(rounds(2, 30)):
            asked = len(self.server.requests())
            pid, terminal = self.run_on_terminal("run", "-j", 4)
            self.wait_for_requests(self.server, asked + 10)
            os.close(terminal)
            self.assertEqual(self.status_of(pid), 4)
            self.assertNotIn("leased", self.states())
            ((end,),) = self.query("SELECT value FROM settings WHERE key = 'last_run'")
            self.assertIn("SIGHUP", end)
            # All that was asked was answered and kept.
            self.assertEqual(sum(n for s, n in self.states().items() if s != "ready"),
                             len(self.server.answered()))
            self.verify()
        tally("crash", "the terminal is closed during a run", rounds(2, 30))

    def test_a_run_under_nohup_goes_on_without_its_terminal(self):
        run = self.start(*self.fetch, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.wait_for_requests(self.server, 10)
        run.send_signal(signal.SIGHUP)
        status, _, err = self.finish(run)
        self.assertEqual(status, 0, err)
        self.assertEqual(sum(self.states().values()), IDS)
        self.assertNotIn("ready", self.states())

    def test_a_run_goes_on_when_nobody_reads_what_it_says(self):
        self.run_dogged("import", self.ids, "--url", self.server.url)
        run = self.start("run", "--progress", "plain")
        run.stdout.close()
        run.stderr.close()
        self.wait_until(lambda: run.poll() is not None, "the end of the run")
        self.assertEqual(run.returncode, 0)
        self.assertNotIn("ready", self.states())
        tally("crash", "stdout and stderr of a run are closed by their reader")

    def test_a_stopped_run_gives_up_nothing(self):
        """SIGSTOP (Ctrl-Z) as long as it may be: another run goes on, and nothing is settled twice."""
        self.run_dogged("import", self.write_ids(range(300), "many.csv"), "--url", self.server.url)
        run = self.start("run", "-j", 4)
        self.wait_for_requests(self.server, 20)
        run.send_signal(signal.SIGSTOP)
        other = self.start("run", "-j", 4)
        time.sleep(1)
        run.send_signal(signal.SIGCONT)
        for process in (run, other):
            status, _, err = self.finish(process)
            self.assertEqual(status, 0, err)
        self.assertEqual(sum(self.states().values()), 300)
        self.assertLessEqual(set(self.states()), {"done", "not_found"})
        self.verify()
        tally("crash", "SIGSTOP and SIGCONT during a run, beside another")

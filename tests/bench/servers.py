# SPDX-License-Identifier: MIT
"""nginx with one worker, on loopback ports of its own, and what it logs."""
import dataclasses
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

import program

MODULES = "/usr/lib/nginx/modules"
FLUSH_SECONDS = 1
CONF = """
{user}
worker_processes 1; worker_rlimit_nofile 20000; daemon off; master_process on;
pid {dir}/nginx.pid; error_log {dir}/error.log error;
load_module {modules}/ndk_http_module.so; load_module {modules}/ngx_http_lua_module.so;
events {{ worker_connections 8192; }}
http {{
  default_type application/json; charset utf-8; charset_types application/json;
  server_tokens off; tcp_nodelay on; keepalive_timeout 600s; keepalive_requests 100000000;
  open_file_cache max=40000 inactive=600s;
  log_format bench '$msec $status $request_uri $connection';
  client_body_temp_path {dir}/t; proxy_temp_path {dir}/t; fastcgi_temp_path {dir}/t;
  uwsgi_temp_path {dir}/t; scgi_temp_path {dir}/t;
  root {docroot};
  server {{ listen 127.0.0.1:{fast} backlog=4096;
    access_log {dir}/fast.log bench buffer=64k flush={flush}s;
    location / {{ try_files $uri.json =404; }} }}
  server {{ listen 127.0.0.1:{slow} backlog=4096;
    access_log {dir}/slow.log bench buffer=64k flush={flush}s;
    access_by_lua_block {{ ngx.sleep(0.05) }}
    location / {{ try_files $uri.json =404; }} }}
}}
"""


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


@dataclasses.dataclass
class Served:
    """What a log says of the requests since it was cleared."""
    times: list  # seconds since the epoch, in the log's order
    ok: int      # answered with 200

    @property
    def seconds(self):
        return self.times[-1] - self.times[0]

    @property
    def rate(self):
        return len(self.times) / max(self.seconds, 0.001)


class Server:
    """One of nginx's servers."""

    def __init__(self, port, log):
        self.origin = f"http://127.0.0.1:{port}"
        self.log = log

    def clear(self):
        os.truncate(self.log, 0)

    def served(self):
        """Everything logged since clear(); waits until nginx has written what it holds back."""
        time.sleep(FLUSH_SECONDS + 0.2)
        times, ok = [], 0
        with open(self.log, "rb") as file:
            for line in file:
                when, status, _ = line.split(b" ", 2)
                times.append(float(when))
                ok += status == b"200"
        if not times:
            raise program.Failed(f"{self.log}: no request arrived")
        times.sort()
        return Served(times, ok)


class Nginx:
    """with Nginx(directory, docroot) as nginx: nginx.fast, nginx.slow (50 ms an answer). Stopped by
    its pid on the way out, and by the kernel should the bench be killed."""

    def __init__(self, directory, docroot):
        self.directory, self.docroot = pathlib.Path(directory), docroot
        self.process = None

    def __enter__(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        fast, slow = free_ports(2)
        conf = self.directory / "nginx.conf"
        conf.write_text(CONF.format(
            user="user root;" if os.geteuid() == 0 else "", dir=self.directory, docroot=self.docroot,
            modules=MODULES, fast=fast, slow=slow, flush=FLUSH_SECONDS))
        self.process = subprocess.Popen(
            ["nginx", "-p", self.directory, "-c", conf], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=program.die_with_parent)
        self.fast = Server(fast, self.directory / "fast.log")
        self.slow = Server(slow, self.directory / "slow.log")
        try:
            self._wait_until_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_until_up(self):
        deadline = time.monotonic() + 10
        while True:
            try:
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                opener.open(self.slow.origin + "/v1/artists/0", timeout=5).read()
                return
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    log = self.directory / "error.log"
                    words = log.read_text()[-1000:] if log.exists() else ""
                    raise program.Failed(f"nginx does not serve: {error}\n{words}") from error
                time.sleep(0.1)

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def headers_sent(dogged, work):
    """The headers of a request of dogged's, Host excepted: what the peers are to send too."""
    directory = work / "headers"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    (directory / "ids.csv").write_text("id\n1\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/{{id}}"
        program.run([dogged, "import", "-q", "ids.csv", "--url", url], directory)
        child = subprocess.Popen([dogged, "run", "-q"], cwd=directory, stdin=subprocess.DEVNULL,
                                 env=program.clean_environment(), preexec_fn=program.die_with_parent)
        try:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(30)
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65536) or b"\r\n\r\n"
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                   b"Content-Length: 8\r\nConnection: close\r\n\r\n{\"a\": 1}")
            child.wait(30)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")[1:]
    pairs = [line.split(": ", 1) for line in lines]
    return [(name, value) for name, value in pairs if name.lower() != "host"]

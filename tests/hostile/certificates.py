# SPDX-License-Identifier: MIT
"""Certificates for the tests, made with the openssl command: an authority, and what it signs."""
import pathlib
import ssl
import subprocess


def _openssl(*arguments):
    result = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"openssl {arguments}: {result.stderr}")


class Authority:
    def __init__(self, directory):
        self._directory = pathlib.Path(directory)
        self.file = self._directory / "ca.pem"
        self._key = self._directory / "ca.key"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", "/CN=test authority", "-days", 2, "-keyout", self._key, "-out", self.file)

    def context(self, name, host="IP:127.0.0.1", days=2, self_signed=False):
        """What a server wraps its sockets with. `days=0`: expired."""
        key, request, certificate, extensions = (
            self._directory / f"{name}.{kind}" for kind in ("key", "csr", "pem", "ext"))
        extensions.write_text(f"subjectAltName={host}\n")
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", "/CN=server", "-keyout", key, "-out", request)
        signer = ["-signkey", key] if self_signed else ["-CA", self.file, "-CAkey", self._key, "-CAcreateserial"]
        _openssl("x509", "-req", "-in", request, "-days", days, "-extfile", extensions, "-out", certificate,
                 *signer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


def old_tls(context):
    """The same with TLS 1.0 and nothing newer."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1
    return context


def wrap_with(context):
    def wrap(sock):
        sock.settimeout(30)
        wrapped = context.wrap_socket(sock, server_side=True)
        wrapped.settimeout(None)
        return wrapped
    return wrap

# SPDX-License-Identifier: MIT
"""The lies: a function each, with what dogged is to make of it.

LIES holds those that a job can be told by its path, beside decent answers on the same connection.
CONNECTION_LIES come before a request is read. tests/README.md has the table."""
import dataclasses
import gzip
import zlib

from server import good_body, head, whole

MAX_BODY = 1 << 20  # --max-body of the tests
CHUNKED = "Transfer-Encoding: chunked"
JSON = "Content-Type: application/json"


@dataclasses.dataclass(frozen=True)
class Lie:
    tell: callable
    outcome: str   # of `attempts`: retry, failed, refused; of the job where it has no such row: done, not_found
    status: int    # http_status; 0: none
    says: str      # a phrase of the error
    slow: bool     # takes the whole --timeout
    what: str      # in plain words


LIES = {}
CONNECTION_LIES = {}


def lie(outcome, status=0, says="", slow=False, table=LIES):
    def add(function):
        table[function.__name__] = Lie(function, outcome, status, says, slow, function.__doc__)
        return function
    return add


def own(peer, **more):
    """A body that names the job it is for."""
    extra = "".join(f',"{name}":{value}' for name, value in more.items())
    return f'{{"id":"{peer.key}"{extra}}}'.encode()


def brotli(data):
    """One uncompressed meta-block (RFC 7932, section 9.2): no compressor needed."""
    begin = (1 << 20 | (len(data) - 1) << 4).to_bytes(3, "little")
    return begin + data + b"\x03"


# 64 MiB of the digit 0.
BROTLI_BOMB = bytes.fromhex(
    "cbffff3ff82560e2b14020f7fe8fffff7ff04b00c4611180eefd1fffffffe0970088c30200ddfb3ffeffffc12f0110870500baf7"
    "7ffcffff835f02200e0b0074effff8ffff07bf04401c1600e8defff1ffff0f7e0980382c00d0bdffcbffff3ffc1200715800a07bff07")
GZIP_BOMB = gzip.compress(b"0" * (64 << 20))


# --- the connection

@lie("retry", says="closed the connection")
def close_after_request(peer):
    """closed once the request is there"""
    peer.close()


@lie("retry", says="connection broke")
def reset_after_request(peer):
    """reset once the request is there"""
    peer.reset()


@lie("retry", says="reading the head")
def reset_in_status_line(peer):
    """reset amid the status line"""
    peer.send(b"HTTP/1.1 2")
    peer.wait(0.05)
    peer.reset()


@lie("retry", says="reading the head")
def reset_in_head(peer):
    """reset amid the headers"""
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: appl")
    peer.wait(0.05)
    peer.reset()


@lie("retry", says="reading the body")
def reset_in_body(peer):
    """reset amid the body"""
    peer.send(whole(own(peer))[:-3])
    peer.wait(0.05)
    peer.reset()


@lie("retry", says="waiting for the answer", slow=True)
def silent(peer):
    """takes the request and says nothing"""
    peer.hang()


@lie("retry", says="reading the head", slow=True)
def drip_status_line(peer):
    """a byte a second of the status line"""
    peer.drip(whole(own(peer)))


@lie("retry", says="reading the head", slow=True)
def drip_headers(peer):
    """a byte a second of the headers"""
    peer.send(b"HTTP/1.1 200 OK\r\n")
    peer.drip(b"X-Slow: " + b"y" * 100)


@lie("retry", says="reading the body", slow=True)
def drip_body(peer):
    """a byte a second of the body"""
    peer.send(head("200 OK", "Content-Length: 100"))
    peer.drip(b" " * 100)


@lie("retry", says="reading the body", slow=True)
def drip_chunks(peer):
    """a byte a second of chunks"""
    peer.send(head("200 OK", CHUNKED))
    peer.drip(b"1\r\n \r\n" * 20)


# --- framing

@lie("retry", says="closed the connection while reading the body")
def body_cut_off(peer):
    """less body than Content-Length, then closed"""
    peer.send(whole(own(peer))[:-1])
    peer.close()


@lie("retry", says="reading the body", slow=True)
def length_too_large(peer):
    """less body than Content-Length, then silence"""
    peer.send(head("200 OK", "Content-Length: 1000") + own(peer))
    peer.hang()


@lie("retry", status=200, says="not JSON")
def length_too_small(peer):
    """more body than Content-Length"""
    body = own(peer)
    peer.send(head("200 OK", f"Content-Length: {len(body) - 4}") + body)


@lie("done")
def bytes_after_body(peer):
    """a whole answer, and bytes behind it"""
    peer.send(whole(own(peer)) + b"\r\n\r\n<html>")


@lie("done")
def bytes_after_body_later(peer):
    """a whole answer, and bytes a moment later"""
    peer.send(whole(own(peer)))
    peer.wait(0.01)
    peer.send(b"<html>and more</html>")


@lie("failed", says="larger than")
def length_huge(peer):
    """Content-Length of 900 TB"""
    peer.send(head("200 OK", "Content-Length: 900000000000000") + own(peer))
    peer.hang()


@lie("retry", says="Content-Length is no single number")
def length_beyond_64_bits(peer):
    """Content-Length that no integer holds"""
    peer.send(head("200 OK", "Content-Length: 99999999999999999999999") + own(peer))


@lie("retry", says="Content-Length is no single number")
def length_negative(peer):
    """Content-Length below zero"""
    peer.send(head("200 OK", "Content-Length: -1") + own(peer))


@lie("retry", says="Content-Length is no single number")
def lengths_conflict(peer):
    """two Content-Length headers that differ"""
    body = own(peer)
    peer.send(head("200 OK", f"Content-Length: {len(body)}", "Content-Length: 3") + body)


@lie("retry", says="both Content-Length and Transfer-Encoding")
def length_and_chunked(peer):
    """Content-Length beside Transfer-Encoding"""
    peer.send(head("200 OK", "Content-Length: 5", CHUNKED) + b"5\r\nhello\r\n0\r\n\r\n")


@lie("retry", says="unknown Transfer-Encoding")
def transfer_coding_unknown(peer):
    """a Transfer-Encoding that there is not"""
    peer.send(head("200 OK", "Transfer-Encoding: rot13") + own(peer))
    peer.close()


def chunks(*parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


@lie("retry", says="chunks are broken")
def chunk_size_garbage(peer):
    """a chunk size that is no number"""
    peer.send(head("200 OK", CHUNKED) + b"zz\r\n" + own(peer) + b"\r\n0\r\n\r\n")


@lie("retry", says="chunks are broken")
def chunk_size_huge(peer):
    """a chunk size beyond 64 bits"""
    peer.send(head("200 OK", CHUNKED) + b"fffffffffffffffff\r\n" + own(peer))


@lie("retry", says="chunks are broken")
def chunk_longer_than_its_size(peer):
    """a chunk longer than its size"""
    peer.send(head("200 OK", CHUNKED) + b"5\r\nhello, world\r\n0\r\n\r\n")


@lie("retry", says="chunks are broken")
def chunk_without_crlf(peer):
    """chunk lines that end in LF"""
    peer.send(head("200 OK", CHUNKED) + b"2\n{}\n0\n\n")


@lie("retry", says="closed the connection while reading the body")
def chunks_without_end(peer):
    """closed before the last chunk"""
    peer.send(head("200 OK", CHUNKED) + chunks(own(peer)))
    peer.close()


@lie("retry", says="chunks are broken")
def chunk_trailers_endless(peer):
    """trailers without end"""
    peer.send(head("200 OK", CHUNKED) + chunks(own(peer)) + b"0\r\n")
    peer.flood(b"X-More: and more\r\n")


@lie("retry", says="reading the body", slow=True)
def chunk_extensions_endless(peer):
    """chunks of one byte, each with an extension of 3 KB, without end"""
    peer.send(head("200 OK", CHUNKED))
    peer.flood(b"1;" + b"e" * 3000 + b"\r\n \r\n", pause=0.01)


@lie("failed", says="larger than")
def chunked_body_endless(peer):
    """chunks without end"""
    peer.send(head("200 OK", CHUNKED))
    peer.flood(chunks(b" " * 1000))


@lie("failed", says="larger than")
def body_endless(peer):
    """a body without length and end"""
    peer.send(head())
    peer.flood(b" " * 1000)


# --- heads

@lie("retry", says="status line is longer than 8 KB")
def status_line_of_a_megabyte(peer):
    """a status line of 1 MB"""
    peer.send(b"HTTP/1.1 200 " + b"O" * (1 << 20) + b"\r\n\r\n")


@lie("retry", says="head is larger than 64 KB")
def headers_endless(peer):
    """headers without end"""
    peer.send(b"HTTP/1.1 200 OK\r\n")
    peer.flood(b"X-Again: and again\r\n")


@lie("retry", says="head is larger than 64 KB")
def header_endless(peer):
    """one header without end"""
    peer.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    peer.flood(b"x")


@lie("retry", says="head")
def headers_ten_thousand(peer):
    """10,000 headers"""
    peer.send(head("200 OK", *(f"X-{n}: y" for n in range(10_000))) + own(peer))


@lie("retry", says="over 1000 headers")
def headers_short(peer):
    """5,000 headers within 64 KB"""
    peer.send(head("200 OK", *(["X: y"] * 5000)) + own(peer))


@lie("retry", says="NUL or a bare CR")
def header_with_nul(peer):
    """a NUL in a header"""
    peer.send(b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\n{}")


@lie("retry", says="no header line")
def header_name_with_blank(peer):
    """a blank before a header's colon"""
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}")


@lie("retry", says="no header line")
def header_of_control_bytes(peer):
    """escape sequences for a terminal in the head"""
    peer.send(b"HTTP/1.1 200 OK\r\n\x1b]0;owned\x07\x1b[2J\xff\xfe\r\n\r\n{}")


@lie("done")
def header_folded(peer):
    """a folded header (obs-fold)"""
    peer.send(whole(own(peer), "X-Folded: one", " two", "\tthree"))


@lie("retry", says="continuation")
def header_folded_first(peer):
    """a first header that is a continuation"""
    peer.send(b"HTTP/1.1 200 OK\r\n Content-Length: 2\r\n\r\n{}")


@lie("retry", says="not HTTP/1")
def http_0_9(peer):
    """HTTP/0.9: the bare body"""
    peer.send(own(peer))
    peer.close()


@lie("retry", says="not HTTP/1")
def http_2_preface(peer):
    """the preface of HTTP/2"""
    peer.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
    peer.close()


@lie("retry", says="not HTTP/1")
def ssh_banner(peer):
    """another protocol: SSH"""
    peer.send(b"SSH-2.0-OpenSSH_9.2\r\n")
    peer.close()


@lie("retry", says="status line is broken")
def status_not_a_number(peer):
    """a status that is no number"""
    peer.send(b"HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\n{}")
    peer.close()


@lie("failed", status=999, says="HTTP 999")
def status_999(peer):
    """a status that there is not"""
    peer.send(whole(own(peer), status="999 Whatever"))


@lie("done")
def response_split(peer):
    """a header that holds a whole other answer (response splitting)"""
    peer.send(whole(own(peer), "X-Echo: a\r\nSet-Cookie: evil=1\r\nContent-Type: text/html"))


@lie("done")
def two_answers_in_one_packet(peer):
    """a second answer, unasked, in one packet with the first"""
    peer.send(whole(own(peer)) + whole(own(peer, unasked="true")))


# --- interim answers and odd statuses

@lie("done")
def interim_one(peer):
    """100 Continue before the answer"""
    peer.send(head("100 Continue") + whole(own(peer)))


@lie("done")
def interim_many(peer):
    """twenty interim answers before the answer"""
    peer.send(head("103 Early Hints", "Link: </a>") * 20 + whole(own(peer)))


@lie("retry", says="interim answers")
def interim_endless(peer):
    """interim answers without end"""
    peer.flood(head("103 Early Hints", "Link: </a>"))


@lie("retry", says="interim answers")
def interim_hundred(peer):
    """a hundred interim answers before the answer"""
    peer.send(head("102 Processing") * 100 + whole(own(peer)))


@lie("retry", says="another protocol")
def switching_protocols(peer):
    """101 Switching Protocols"""
    peer.send(head("101 Switching Protocols", "Upgrade: websocket"))
    peer.hang()


@lie("not_found", status=204)
def no_content(peer):
    """204"""
    peer.send(head("204 No Content"))


@lie("not_found", status=204)
def no_content_with_body(peer):
    """204 with a body"""
    peer.send(whole(own(peer), status="204 No Content"))


@lie("retry", status=206, says="HTTP 206")
def partial_content(peer):
    """206 unasked"""
    peer.send(whole(own(peer), "Content-Range: bytes 0-9/100", status="206 Partial Content"))


@lie("failed", status=304, says="HTTP 304")
def not_modified(peer):
    """304 unasked"""
    peer.send(head("304 Not Modified", 'ETag: "a"'))


@lie("failed", status=304, says="HTTP 304")
def not_modified_with_body_later(peer):
    """304 with a body, a moment later"""
    peer.send(head("304 Not Modified", "Content-Length: 20"))
    peer.wait(0.01)
    peer.send(b"x" * 20)


# --- bodies

def declared(peer, body, kind="application/json"):
    peer.send(whole(body, "Content-Type: " + kind))


@lie("retry", status=200, says="document is empty")
def body_empty(peer):
    """an empty body"""
    declared(peer, b"")


@lie("retry", status=200, says="text/html")
def html_with_200(peer):
    """HTML with 200"""
    declared(peer, b"<!doctype html><title>Sign in</title>", "text/html")


@lie("done")
def json_as_text(peer):
    """JSON as text/plain"""
    declared(peer, own(peer), "text/plain")


@lie("retry", status=200, says="not JSON")
def json_cut_off(peer):
    """half a JSON text, with its right length"""
    declared(peer, own(peer)[:-1])


@lie("retry", status=200, says="not JSON")
def json_twice(peer):
    """two JSON texts in one body"""
    declared(peer, own(peer) * 2)


@lie("retry", status=200, says="invalid UTF-8")
def latin_1_as_utf_8(peer):
    """latin-1 bytes declared as UTF-8"""
    declared(peer, own(peer, name='"\xe4"').decode().encode("latin-1"), "application/json; charset=utf-8")


@lie("done")
def utf_8_as_latin_1(peer):
    """UTF-8 declared as latin-1"""
    declared(peer, own(peer, name='"\xe4"'), "application/json; charset=iso-8859-1")


@lie("retry", status=200, says="not JSON")
def utf_16(peer):
    """UTF-16 declared as UTF-8"""
    declared(peer, own(peer).decode().encode("utf-16"))


@lie("done")
def byte_order_mark(peer):
    """a byte order mark before the JSON"""
    declared(peer, b"\xef\xbb\xbf" + own(peer))


@lie("retry", status=200, says="not JSON")
def nul_bytes(peer):
    """NUL bytes behind the JSON"""
    declared(peer, own(peer) + bytes(10))


@lie("retry", status=200, says="not JSON")
def nul_in_string(peer):
    """a NUL in a JSON string"""
    declared(peer, own(peer, name='"a\0b"'))


@lie("retry", status=200, says="invalid UTF-8")
def invalid_utf_8(peer):
    """bytes that are no UTF-8"""
    declared(peer, own(peer, name='"@"').replace(b"@", b"\xc0\xaf\xf5\xff"))


@lie("done")
def lone_surrogate(peer):
    """half a surrogate pair, escaped"""
    declared(peer, own(peer, name='"\\ud800"'))


@lie("done")
def nested_deeply(peer):
    """100,000 levels of nesting"""
    declared(peer, own(peer, deep="[" * 100_000 + "]" * 100_000))


@lie("retry", status=200, says="not JSON")
def nested_without_end(peer):
    """500,000 levels that are never closed"""
    declared(peer, own(peer, deep="[" * 500_000))


@lie("done")
def number_huge(peer):
    """the number 1e999999"""
    declared(peer, own(peer, number="1e999999"))


@lie("done")
def number_long(peer):
    """a number of 10,000 digits"""
    declared(peer, own(peer, number="9" * 10_000))


@lie("done")
def keys_twice(peer):
    """the same key twice"""
    declared(peer, own(peer, id=f'"{peer.key}"'))


@lie("done")
def type_of_sixty_kilobytes(peer):
    """a Content-Type of 60 KB, in no known charset"""
    declared(peer, own(peer), "application/json; x=" + "\xff" * 60_000)


# --- content codings

def coded(peer, coding, body):
    peer.send(whole(body, JSON, "Content-Encoding: " + coding))


@lie("done")
def gzip_whole(peer):
    """gzip as it should be"""
    coded(peer, "gzip", gzip.compress(own(peer)))


@lie("failed", says="larger than")
def gzip_bomb(peer):
    """a gzip bomb"""
    coded(peer, "gzip", GZIP_BOMB)


@lie("retry", says="compressed body is broken")
def gzip_broken(peer):
    """broken gzip"""
    packed = bytearray(gzip.compress(own(peer)))
    packed[len(packed) // 2] ^= 0xFF
    packed[-6] ^= 0xFF  # its checksum, should the flip above make sense
    coded(peer, "gzip", bytes(packed))


@lie("retry", says="cut off")
def gzip_cut_off(peer):
    """gzip cut off"""
    coded(peer, "gzip", gzip.compress(own(peer))[:-5])


@lie("retry", says="compressed body is broken")
def gzip_with_more_behind(peer):
    """bytes behind the end of gzip"""
    coded(peer, "gzip", gzip.compress(own(peer)) + b"garbage")


@lie("retry", says="compressed body is broken")
def gzip_declared_only(peer):
    """declared as gzip and plain"""
    coded(peer, "gzip", own(peer))


@lie("retry", says="reading the body", slow=True)
def gzip_members_endless(peer):
    """empty gzip members without end"""
    peer.send(head("200 OK", "Content-Encoding: gzip"))
    peer.flood(gzip.compress(b""))


@lie("retry", says="reading the body", slow=True)
def deflate_blocks_endless(peer):
    """empty deflate blocks without end"""
    peer.send(head("200 OK", "Content-Encoding: deflate") + b"\x78\x01")
    peer.flood(b"\x00\x00\x00\xff\xff")


@lie("done")
def deflate_raw(peer):
    """deflate without the zlib header"""
    coded(peer, "deflate", zlib.compress(own(peer))[2:-4])


@lie("done")
def brotli_whole(peer):
    """brotli as it should be"""
    coded(peer, "br", brotli(own(peer)))


@lie("failed", says="larger than")
def brotli_bomb(peer):
    """a brotli bomb"""
    coded(peer, "br", BROTLI_BOMB)


@lie("retry", says="compressed body is broken")
def brotli_broken(peer):
    """broken brotli"""
    coded(peer, "br", b"\x11" + b"\xff" * 8)


@lie("retry", says="cut off")
def brotli_cut_off(peer):
    """brotli cut off"""
    coded(peer, "br", brotli(own(peer))[:-1])


@lie("retry", says="reading the body", slow=True)
def brotli_blocks_endless(peer):
    """empty brotli blocks without end"""
    peer.send(head("200 OK", "Content-Encoding: br") + b"\x0c")
    peer.flood(b"\x06")


@lie("retry", says="unknown encoding")
def coding_unknown(peer):
    """a coding that was not asked for"""
    coded(peer, "zstd", own(peer))


@lie("retry", says="encoded twice")
def coding_twice(peer):
    """gzip within gzip"""
    coded(peer, "gzip, gzip", gzip.compress(gzip.compress(own(peer))))


# --- redirects

def redirect(peer, location, status="302 Found"):
    peer.send(whole(b"", "Location: " + location, status=status))


@lie("failed", status=302, says="over 5 redirects")
def redirect_loop(peer):
    """redirected to itself for ever"""
    redirect(peer, "/" + peer.key)


@lie("failed", status=307, says="over 5 redirects")
def redirect_chain(peer):
    """redirected to ever new places"""
    redirect(peer, f"/{peer.key}?again={len(peer.server.requests)}", "307 Temporary Redirect")


@lie("failed", status=302, says="another server")
def redirect_to_another_host(peer):
    """redirected to another host"""
    redirect(peer, "http://other.invalid/" + peer.key)


@lie("failed", status=302, says="another server")
def redirect_to_another_port(peer):
    """redirected to another port"""
    redirect(peer, f"http://127.0.0.1:9/{peer.key}")


@lie("failed", status=302, says="http:// or https://")
def redirect_to_file(peer):
    """redirected to file:"""
    redirect(peer, "file:///etc/passwd")


@lie("failed", status=302, says="user name or password")
def redirect_with_credentials(peer):
    """redirected to a URL with a password"""
    redirect(peer, f"http://user:hush@{peer.server.authority}/{peer.key}")


@lie("failed", status=302, says="no Location")
def redirect_to_nowhere(peer):
    """redirected without a Location"""
    peer.send(whole(b"", status="302 Found"))


@lie("failed", status=302, says="another server")
def redirect_of_sixty_kilobytes(peer):
    """a Location of 60 KB"""
    redirect(peer, "http://other.invalid/" + "x" * 60_000)


@lie("failed", status=302, says="control characters")
def redirect_with_control_bytes(peer):
    """a Location with escape sequences"""
    redirect(peer, "/\x1b[31m" + peer.key)


# --- what the server says of itself

@lie("done")
def date_far_off(peer):
    """a Date in the year 9999"""
    peer.send(whole(own(peer), "Date: Fri, 31 Dec 9999 23:59:59 GMT"))


@lie("refused", status=503, says="HTTP 503")
def retry_after_garbage(peer):
    """503 with a Retry-After that is garbage, once"""
    if peer.server.asked(peer.key) > 1:
        peer.good()
        return
    peer.send(whole(b"", "Retry-After: -1e9 fortnights", "Date: yesterday", status="503 Busy"))


@lie("refused", status=429, says="HTTP 429")
def rate_limit_garbage(peer):
    """429 with limits that are garbage, once"""
    if peer.server.asked(peer.key) > 1:
        peer.good()
        return
    peer.send(whole(b"", "X-RateLimit-Reset: NaN", "RateLimit: ;;;=\xff", "X-RateLimit-Remaining: -7",
                    "RateLimit-Reset: 99999999999999999999999x", status="429 Slow Down"))


# --- keep-alive

@lie("done")
def close_after_answer(peer):
    """a kept connection closed after the answer"""
    peer.send(whole(own(peer)))
    peer.close()


@lie("done")
def close_on_next_request(peer):
    """a kept connection closed when the next request comes"""
    peer.send(whole(own(peer)))
    peer.read_request()
    peer.close()


@lie("done")
def reset_on_next_request(peer):
    """a kept connection reset when the next request comes"""
    peer.send(whole(own(peer)))
    peer.read_request()
    peer.reset()


# --- before a request is read

@lie("retry", says="c", table=CONNECTION_LIES)  # "cannot connect" or "connection broke", by the moment
def reset_after_accept(peer):
    """reset as soon as it stands"""
    peer.reset()


@lie("retry", says="closed the connection while waiting for the answer", table=CONNECTION_LIES)
def close_after_accept(peer):
    """accepted and closed"""
    peer.read_request()
    peer.close()


@lie("retry", says="waiting for the answer", slow=True, table=CONNECTION_LIES)
def accept_and_hang(peer):
    """accepted and silent"""
    peer.hang()


# --- answers that nobody asked for, and which could land on another job

UNASKED = {}


def stranger(peer):
    return whole(b'{"id":"stranger-of-' + peer.key.encode() + b'"}', JSON)


def unasked(at_once, seconds, of_another, while_serving):
    """A whole answer, then another one so much later."""
    def tell(peer):
        answer = whole(own(peer), JSON)
        second = stranger(peer) if of_another else answer
        if at_once:
            peer.send(answer + second)
            return
        peer.send(answer)
        if while_serving:
            peer.later(seconds, second)
        else:
            peer.wait(seconds)
            peer.send(second)
    return tell


for _at, _seconds in (("at_once", 0), ("in_a_millisecond", 0.001), ("in_ten_milliseconds", 0.01),
                      ("in_a_second", 1.0)):
    for _what in ("the_same", "a_strangers"):
        for _how in ("before_the_next", "while_serving"):
            if _seconds or _how == "before_the_next":
                UNASKED[f"{_what}_again_{_at}_{_how}"] = Lie(
                    unasked(_at == "at_once", _seconds, _what == "a_strangers", _how == "while_serving"),
                    "done", 0, "", False, "a second answer, unasked, " + _at.replace("_", " "))

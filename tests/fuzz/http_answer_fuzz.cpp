// SPDX-License-Identifier: MIT
// What a server sends back, over a socket: as it likes, or a right answer that must come out as it
// went in. However it arrives, in one piece or many, it is the same answer.
#include "base/json_document.h"
#include "base/text.h"
#include "engine/classify.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/head.h"
#include "pace/retry_after.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/http/encoded.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace dogged::fuzz {
namespace {

// A reader's buffer always has room for what a packet holds.
constexpr std::size_t kLongestAnswer = 12 << 10;
// What the kernel holds of a connection that nobody reads yet.
constexpr std::size_t kMostPackets = 100;

struct World {
  StopSignal stop;
  StopWatcher watcher{stop, [] {}};
  Url origin = parse_url("http://api.example/").value();
  Exchanger exchanger;
  std::unique_ptr<Classifier> classifier = Classifier::make({}).value();
};

World& world() {
  static World the_world;
  return the_world;
}

// Each packet is one read().
ExchangeEnd exchange(const std::vector<std::string_view>& packets, std::string_view method,
                     std::int64_t max_body) {
  std::array<int, 2> ends{};
  require(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()) == 0, "the system has sockets");
  Connection connection(world().origin, nullptr, UniqueFd(ends[0]), world().watcher);
  UniqueFd server(ends[1]);
  for (const std::string_view packet : packets) {
    const auto sent = send(server.get(), packet.data(), packet.size(), MSG_DONTWAIT);
    require(sent == static_cast<ssize_t>(packet.size()), "the system takes what is sent");
  }
  (void)shutdown(server.get(), SHUT_WR);
  OutgoingRequest request;
  request.method = method;
  request.bytes = "GET / HTTP/1.1\r\nHost: api.example\r\n\r\n";
  request.max_body_bytes = max_body;
  const TimeBudget budget(std::chrono::steady_clock::now(), Millis(60'000), Millis(60'000));
  return world().exchanger.run(connection, request, budget);
}

std::vector<std::string_view> cut(std::string_view answer, std::uint64_t seed) {
  std::vector<std::string_view> packets;
  const std::size_t most = 3 + answer.size() / 8;
  in_pieces(answer, seed, most, [&](std::string_view piece) {
    if (packets.size() < kMostPackets) {
      packets.push_back(piece);
    } else {
      const char* const begin = packets.back().data();
      packets.back() = {begin, static_cast<std::size_t>(piece.data() + piece.size() - begin)};
    }
  });
  return packets;
}

void require_same(const ExchangeEnd& a, const ExchangeEnd& b, std::string_view answer) {
  require(a.result.index() == b.result.index() && a.answer_began == b.answer_began,
          "an answer in pieces ends the same", answer);
  // Bytes behind an answer may not be there yet: is_quiet() finds those.
  require(!a.reusable || b.reusable, "a connection stays usable in pieces too", answer);
  if (const auto* failure = std::get_if<HttpFailure>(&a.result)) {
    const auto& other = std::get<HttpFailure>(b.result);
    require(failure->kind == other.kind, "an answer in pieces fails the same", answer);
    return;
  }
  const auto& response = std::get<HttpResponse>(a.result);
  const auto& other = std::get<HttpResponse>(b.result);
  require(response.status == other.status && response.body == other.body,
          "an answer in pieces says the same", answer);
  require(std::equal(response.headers.begin(), response.headers.end(), other.headers.begin(),
                     other.headers.end(),
                     [](const HttpHeader& x, const HttpHeader& y) {
                       return x.name == y.name && x.value == y.value;
                     }),
          "an answer in pieces has the same headers", answer);
}

void require_sane(const ExchangeEnd& end, std::int64_t max_body, std::string_view answer) {
  if (const auto* failure = std::get_if<HttpFailure>(&end.result)) {
    require(!end.reusable, "a connection that failed is not used again", answer);
    require(!failure->message.empty() && printable(failure->message, 10'000) == failure->message,
            "messages are harmless", failure->message);
    return;
  }
  const auto& response = std::get<HttpResponse>(end.result);
  require(response.status >= 200 && response.status <= 999, "a status is a status", answer);
  require(response.body.size() <= static_cast<std::size_t>(max_body), "a body keeps to its bound",
          answer);
  require(response.headers.size() <= kMaxHeaders, "headers are bounded", answer);
  for (const HttpHeader& header : response.headers) {
    require(is_token(header.name) && is_header_value(header.value), "a header is a header", answer);
  }
}

void require_verdict(const ExchangeEnd& end, std::string_view answer) {
  const Verdict verdict = world().classifier->classify(end.result, from_ms(1'793'000'000'000));
  require(printable(verdict.error, 10'000) == verdict.error, "messages are harmless",
          verdict.error);
  require((verdict.outcome == Outcome::done) == verdict.error.empty(), "what is not done says why",
          answer);
  require(!verdict.retry_after ||
              (*verdict.retry_after > Millis(0) && *verdict.retry_after <= kLongestWait),
          "a wait is a wait", answer);
  if (verdict.outcome == Outcome::done) {
    const auto* response = std::get_if<HttpResponse>(&end.result);
    require(response != nullptr && json_fault(response->body).empty(),
            "what is done is an answer of JSON", answer);
  }
}

ExchangeEnd try_answer(std::string_view answer, std::string_view method, std::int64_t max_body,
                       std::uint64_t seed) {
  answer = answer.substr(0, kLongestAnswer);
  const std::vector<std::string_view> one_packet(answer.empty() ? 0 : 1, answer);
  ExchangeEnd whole = exchange(one_packet, method, max_body);
  require_sane(whole, max_body, answer);
  require_same(whole, exchange(cut(answer, seed), method, max_body), answer);
  require_verdict(whole, answer);
  return whole;
}

std::string encoded(std::string_view body, int coding) {
  switch (coding) {
    case 1:
      return test::gzip(body);
    case 2:
      return test::deflated(body, test::Wrap::zlib);
    case 3:
      return test::brotli(body);
    default:
      return std::string(body);
  }
}

// A body comes out as it went in, whatever coding and framing the server chose for it.
void try_right_answer(std::uint8_t how, std::uint64_t seed, std::string_view body) {
  constexpr std::array<std::string_view, 4> kCodings = {"identity", "gzip", "deflate", "br"};
  body = body.substr(0, kLongestAnswer / 4);  // chunks of a byte take six
  const int coding = how % 4;
  const std::string sent = encoded(body, coding);
  std::string answer = fmt::format("HTTP/1.1 200 OK\r\nContent-Encoding: {}\r\n",
                                   kCodings[static_cast<std::size_t>(coding)]);
  const int framing = how / 4 % 3;
  if (framing == 0) {
    answer += fmt::format("Content-Length: {}\r\n\r\n{}", sent.size(), sent);
  } else if (framing == 1) {
    answer += "Transfer-Encoding: chunked\r\n\r\n";
    in_pieces(sent, seed + 7, 500, [&](std::string_view chunk) {
      answer +=
          fmt::format("{:x}{}\r\n{}\r\n", chunk.size(), (how & 0x40) != 0 ? ";x=y" : "", chunk);
    });
    answer += (how & 0x80) != 0 ? "0\r\nTrailer: t\r\n\r\n" : "0\r\n\r\n";
  } else {
    answer += "\r\n" + sent;
  }
  if (answer.size() > kLongestAnswer) {
    return;
  }
  const ExchangeEnd end = try_answer(answer, "GET", 1 << 20, seed);
  const auto* response = std::get_if<HttpResponse>(&end.result);
  require(response != nullptr && response->body == body, "a body comes out as it went in", answer);
  require(end.reusable == (framing != 2), "a whole answer leaves the connection usable", answer);
}

}  // namespace

void one_input(std::string_view input) {
  constexpr std::array<std::string_view, 3> kMethods = {"GET", "HEAD", "POST"};
  Parts parts(input);
  const std::uint8_t how = parts.byte();
  const std::uint64_t seed = parts.byte() + 1U;
  if (how == '=') {
    try_right_answer(parts.byte(), seed, parts.rest());
    return;
  }
  const std::int64_t max_body = (how & 0x10) != 0 ? how : 1 << 20;
  (void)try_answer(parts.rest(), kMethods[how % kMethods.size()], max_body, seed);
}

}  // namespace dogged::fuzz

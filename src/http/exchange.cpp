// SPDX-License-Identifier: MIT
#include "http/exchange.h"

#include "http/body_collector.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace dogged {

namespace {

using Kind = HttpFailure::Kind;

constexpr std::string_view kSending = "sending the request";
// A request up to this leaves in one write, its body with its head.
constexpr std::size_t kMaxUnsent = 64 << 10;

// What cpp-httplib takes for the network: collects what it writes, and serves it the answer as
// AnswerReader took it apart.
class AnswerStream final : public httplib::Stream {
 public:
  AnswerStream(Connection& connection, InputBuffer& buffer, const OutgoingRequest& request,
               const TimeBudget& budget)
      : connection_(connection),
        budget_(budget),
        max_body_bytes_(request.max_body_bytes),
        reader_(connection, buffer, budget, request.method) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

  ssize_t write(const char* from, std::size_t size) override {
    unsent_.append(from, size);
    if (unsent_.size() > kMaxUnsent && !flush()) {
      return -1;
    }
    return static_cast<ssize_t>(size);
  }

  ssize_t read(char* to, std::size_t size) override {
    if (head_ == nullptr && !begin_answer()) {
      return -1;
    }
    if (told_ < told_head_.size()) {
      const std::size_t n = std::min(size, told_head_.size() - told_);
      std::memcpy(to, told_head_.data() + told_, n);
      told_ += n;
      return static_cast<ssize_t>(n);
    }
    const auto n = reader_.read_body(to, size);
    return n ? static_cast<ssize_t>(*n) : -1;
  }

  // The body as cpp-httplib hands it on.
  bool take_body(std::string_view bytes) {
    switch (body_->add(bytes)) {
      case BodyCollector::Status::ok:
        return true;
      case BodyCollector::Status::too_large:
        return fail_too_large();
      case BodyCollector::Status::broken:
        return fail({Kind::decode, "the compressed body is broken"});
    }
    return false;
  }

  // How it all ended; to be called once.
  ExchangeEnd end(bool processed) {
    ExchangeEnd end;
    end.answer_began = reader_.began();
    end.no_answer = reader_.no_answer();
    if (!failure_ && reader_.failure()) {
      failure_ = reader_.failure();
    }
    if (!failure_ && !processed) {
      failure_ = HttpFailure{Kind::malformed, "the answer could not be read"};
    }
    if (!failure_ && !body_->whole()) {
      failure_ = HttpFailure{Kind::decode, "the compressed body was cut off"};
    }
    if (failure_) {
      end.result = *std::move(failure_);
      return end;
    }
    end.surplus = reader_.whole() && !reader_.clean();
    end.reusable = head_->keep_alive && reader_.clean() && !send_broke_;
    end.result = HttpResponse{head_->status, std::move(head_->headers), body_->take()};
    return end;
  }

 private:
  bool fail(HttpFailure failure) {
    failure_ = std::move(failure);
    return false;
  }

  bool fail_too_large() {
    return fail({Kind::too_large,
                 fmt::format("the body is larger than {} bytes (--max-body)", max_body_bytes_)});
  }

  bool flush() {
    if (send_broke_ || unsent_.empty()) {
      return true;
    }
    const Io io = connection_.write(unsent_.data(), unsent_.size(), budget_.end());
    unsent_.clear();
    switch (io.status) {
      case Io::Status::timed_out:
        return fail(budget_.timed_out(kSending));
      case Io::Status::interrupted:
        return fail(interrupted_failure(kSending));
      case Io::Status::ok:
        return true;
      case Io::Status::end:
      case Io::Status::reset:
        // A server may refuse a body half sent: it answers and closes. The answer may be there.
        send_broke_ = true;
        return true;
    }
    return false;
  }

  bool begin_answer() {
    if (!flush()) {
      return false;
    }
    head_ = reader_.read_head();
    if (head_ == nullptr) {
      return false;
    }
    auto body = BodyCollector::make(
        head_->framing == Framing::none ? std::vector<HttpHeader>() : head_->headers,
        max_body_bytes_);
    if (!body.ok()) {
      return fail({Kind::decode, body.error()});
    }
    body_ = std::move(body).value();
    told_head_ = fmt::format("HTTP/1.1 {}\r\n", head_->status);
    if (head_->framing == Framing::none || head_->framing == Framing::length) {
      if (body_->surely_too_large(head_->length)) {
        return fail_too_large();
      }
      body_->expect(head_->length);
      told_head_ += fmt::format("Content-Length: {}\r\n", head_->length);
    }
    told_head_ += "\r\n";
    return true;
  }

  Connection& connection_;
  const TimeBudget& budget_;
  const std::int64_t max_body_bytes_;
  AnswerReader reader_;

  std::string unsent_;
  bool send_broke_ = false;
  ResponseHead* head_ = nullptr;  // the reader's, once it was read
  std::string told_head_;         // what cpp-httplib is told of it
  std::size_t told_ = 0;
  std::optional<BodyCollector> body_;
  std::optional<HttpFailure> failure_;
};

}  // namespace

class Exchanger::Library final : public httplib::ClientImpl {
 public:
  // The name is for cpp-httplib's own connecting, which is not used.
  Library() : httplib::ClientImpl("localhost") {
    set_url_encode(false);
    set_decompress(false);
  }

  ExchangeEnd run(AnswerStream& stream, const OutgoingRequest& outgoing) {
    httplib::Request request;
    request.method = outgoing.method;
    request.path = outgoing.target;
    for (const HttpHeader& header : outgoing.headers) {
      request.headers.emplace(header.name, header.value);
    }
    request.body = outgoing.body;
    request.content_receiver = [&stream](const char* bytes, std::size_t size, std::uint64_t,
                                         std::uint64_t) {
      return stream.take_body({bytes, size});
    };
    httplib::Response response;
    httplib::Error error = httplib::Error::Success;
    constexpr bool kClose = false;
    return stream.end(process_request(stream, request, response, kClose, error));
  }
};

Exchanger::Exchanger() : library_(std::make_unique<Library>()) {}
Exchanger::~Exchanger() = default;

ExchangeEnd Exchanger::run(Connection& connection, const OutgoingRequest& request,
                           const TimeBudget& budget) {
  AnswerStream stream(connection, buffer_, request, budget);
  return library_->run(stream, request);
}

}  // namespace dogged

// SPDX-License-Identifier: MIT
#include "http/exchange.h"

#include "http/body_collector.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace dogged {

namespace {

using Kind = HttpFailure::Kind;

constexpr std::string_view kSending = "sending the request";

// One request and its answer.
class Exchange {
 public:
  Exchange(Connection& connection, InputBuffer& buffer, const OutgoingRequest& request,
           const TimeBudget& budget)
      : connection_(connection),
        request_(request),
        budget_(budget),
        reader_(connection, buffer, budget, request.method) {}

  ExchangeEnd run() {
    const bool read = send() && read_head() && read_body();
    ExchangeEnd end;
    end.answer_began = reader_.began();
    end.no_answer = reader_.no_answer();
    if (!read) {
      end.result = failure_ ? *std::move(failure_) : *reader_.failure();
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
    return fail({Kind::too_large, fmt::format("the body is larger than {} bytes (--max-body)",
                                              request_.max_body_bytes)});
  }

  bool send() {
    const Io io = connection_.write(request_.bytes.data(), request_.bytes.size(), budget_.end());
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

  bool read_head() {
    head_ = reader_.read_head();
    if (head_ == nullptr) {
      return false;
    }
    const std::vector<HttpHeader> of_no_body;
    auto body = BodyCollector::make(head_->framing == Framing::none ? of_no_body : head_->headers,
                                    request_.max_body_bytes);
    if (!body.ok()) {
      return fail({Kind::decode, body.error()});
    }
    body_ = std::move(body).value();
    if (body_->surely_too_large(head_->length)) {
      return fail_too_large();
    }
    body_->expect(head_->length);
    return true;
  }

  bool read_body() {
    for (;;) {
      const auto bytes = reader_.read_body();
      if (!bytes) {
        return false;
      }
      if (bytes->empty()) {
        break;
      }
      switch (body_->add(*bytes)) {
        case BodyCollector::Status::ok:
          break;
        case BodyCollector::Status::too_large:
          return fail_too_large();
        case BodyCollector::Status::broken:
          return fail({Kind::decode, "the compressed body is broken"});
      }
    }
    return body_->whole() || fail({Kind::decode, "the compressed body was cut off"});
  }

  Connection& connection_;
  const OutgoingRequest& request_;
  const TimeBudget& budget_;
  AnswerReader reader_;

  bool send_broke_ = false;
  ResponseHead* head_ = nullptr;  // the reader's, once it was read
  std::optional<BodyCollector> body_;
  std::optional<HttpFailure> failure_;
};

}  // namespace

ExchangeEnd Exchanger::run(Connection& connection, const OutgoingRequest& request,
                           const TimeBudget& budget) {
  return Exchange(connection, buffer_, request, budget).run();
}

}  // namespace dogged

// SPDX-License-Identifier: MIT
#include "engine/request_builder.h"

#include "base/text.h"
#include "http/head.h"
#include "http/proxy.h"
#include "http/secret_reference.h"
#include "http/secret_text.h"
#include "job/url_template.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace dogged {
namespace {

constexpr const char* kMask = "***";

// The HTTP client writes these; another value would break the framing of the request.
constexpr std::array<std::string_view, 4> kFramingHeaders = {"Content-Length", "Transfer-Encoding",
                                                             "Connection", "Host"};

bool can_stand_in_header(std::string_view value) {
  return std::none_of(value.begin(), value.end(),
                      [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

struct FixedHeader {
  HttpHeader header;
  bool secret;  // not to be shown, and not to follow to another origin
};

class TemplateBuilder final : public RequestBuilder {
 public:
  TemplateBuilder(UrlTemplate url, std::optional<TextTemplate> body, const RequestSpec& spec)
      : url_(std::move(url)), body_(std::move(body)) {
    model_.method = spec.method;
    model_.timeout = spec.timeout;
    model_.connect_timeout = spec.connect_timeout;
    model_.max_body_bytes = spec.max_body_bytes;
    model_.redirect_other_origin = spec.redirect_other_origin;
  }

  // Fails with what is wrong; empty when the headers stand.
  std::string set_headers(const Source& source, const std::string& user_agent) {
    for (const HeaderField& field : source.request.headers) {
      if (std::string fault = add_by_reference(field.name, field.value, false); !fault.empty()) {
        return fault;
      }
    }
    if (std::string fault = set_auth(source.auth); !fault.empty()) {
      return fault;
    }
    add_default("Accept", "application/json");
    if (!user_agent.empty()) {
      add_default("User-Agent", user_agent);
    }
    if (body_) {
      add_default("Content-Type", "application/json");
    }
    for (const FixedHeader& fixed : headers_) {
      model_.headers.push_back(fixed.header);
      if (fixed.secret) {
        model_.credential_headers.push_back(fixed.header.name);
      }
    }
    return {};
  }

  Result<HttpRequest> build(const JobValues& values) const override {
    const auto lookup = [&](std::string_view name) { return job_value(values, name); };
    Result<std::string> url = url_.render(lookup);
    if (!url) {
      return Failure{url.error()};
    }
    HttpRequest request = model_;
    request.url = std::move(url).value();
    if (!query_secret_.empty()) {
      request.url += request.url.find('?') == std::string::npos ? '?' : '&';
      request.url += query_name_ + "=" + query_secret_;
    }
    if (body_) {
      Result<std::string> body = body_->render(lookup, TextTemplate::Escape::json);
      if (!body) {
        return Failure{body.error()};
      }
      request.body = std::move(body).value();
    }
    return request;
  }

  bool needs_columns() const override {
    const auto is_column = [](const std::string& name) { return name != "key"; };
    return std::any_of(url_.names().begin(), url_.names().end(), is_column) ||
           (body_ && std::any_of(body_->names().begin(), body_->names().end(), is_column));
  }

  std::string describe(const HttpRequest& request) const override {
    std::string text = request.method + " " + masked_url(request.url);
    for (const HttpHeader& header : request.headers) {
      text += "\n" + header.name + ": ";
      text += is_secret(header.name) ? kMask : printable(header.value, 1'000);
    }
    return text;
  }

 private:
  // Empty, or what is wrong.
  std::string add(const std::string& name, std::string value, bool secret) {
    if (!is_token(name)) {
      return "'" + printable(name, 60) + "' is no header name";
    }
    const bool framing =
        std::any_of(kFramingHeaders.begin(), kFramingHeaders.end(),
                    [&](std::string_view f) { return equals_ignoring_case(f, name); });
    if (framing) {
      return "header " + name + " is set by the HTTP client itself; leave it out";
    }
    if (!can_stand_in_header(value)) {
      return "header " + name + " has a control character in its value";
    }
    headers_.push_back({{name, std::move(value)}, secret || is_credential_header(name)});
    return {};
  }

  std::string add_by_reference(const std::string& name, const std::string& value, bool secret) {
    Result<std::string> resolved = resolve_references(value);
    if (!resolved) {
      return "header " + name + ": " + resolved.error();
    }
    return add(name, std::move(resolved).value(), secret || has_reference(value));
  }

  void add_default(std::string_view name, const std::string& value) {
    const bool given = std::any_of(headers_.begin(), headers_.end(), [&](const FixedHeader& h) {
      return equals_ignoring_case(h.header.name, name);
    });
    if (!given) {
      headers_.push_back({{std::string(name), value}, false});
    }
  }

  std::string set_auth(const AuthSpec& auth) {
    if (auth.type == AuthType::none) {
      return {};
    }
    if (auth.type == AuthType::oauth2) {
      return "auth type oauth2 is not supported in this version; get a token yourself and pass it "
             "with -H 'Authorization: Bearer env:TOKEN'";
    }
    Result<std::string> value = resolve_references(auth.value);
    if (!value) {
      return "auth: " + value.error();
    }
    std::string secret = std::move(value).value();
    if (secret.empty()) {
      return "auth: the value is empty; give the token, key or password, best as env:NAME";
    }
    return place_secret(auth, std::move(secret));
  }

  std::string place_secret(const AuthSpec& auth, std::string secret) {
    switch (auth.type) {
      case AuthType::bearer:
        return add("Authorization", "Bearer " + secret, true);
      case AuthType::basic: {
        Result<std::string> user = resolve_references(auth.user);
        if (!user) {
          return "auth: " + user.error();
        }
        if (user.value().find(':') != std::string::npos) {
          return "auth: a user name with ':' cannot be sent with basic authentication";
        }
        return add("Authorization", "Basic " + base64(user.value() + ":" + secret), true);
      }
      case AuthType::header:
        return add(auth.name, std::move(secret), true);
      case AuthType::query:
        if (auth.name.empty()) {
          return "auth: type query needs name, the query parameter";
        }
        query_name_ = percent_encoded(auth.name);
        query_secret_ = percent_encoded(secret);
        return {};
      case AuthType::none:
      case AuthType::oauth2:
        break;  // handled before
    }
    return {};
  }

  bool is_secret(std::string_view name) const {
    return std::any_of(headers_.begin(), headers_.end(), [&](const FixedHeader& h) {
      return h.secret && equals_ignoring_case(h.header.name, name);
    });
  }

  std::string masked_url(const std::string& url) const {
    const std::string tail = query_name_ + "=" + query_secret_;
    if (query_secret_.empty() || url.size() < tail.size() ||
        url.compare(url.size() - tail.size(), tail.size(), tail) != 0) {
      return url;
    }
    return url.substr(0, url.size() - query_secret_.size()) + kMask;
  }

  // All constant once make() has returned.
  const UrlTemplate url_;
  const std::optional<TextTemplate> body_;
  HttpRequest model_;  // everything but the URL and the body
  std::vector<FixedHeader> headers_;
  std::string query_name_, query_secret_;  // percent-encoded; empty: none
};

}  // namespace

Result<std::unique_ptr<RequestBuilder>> RequestBuilder::make(const Source& source,
                                                             const std::string& user_agent) {
  Result<UrlTemplate> url = UrlTemplate::parse(source.request.url);
  if (!url) {
    return Failure{"URL '" + printable(masked_url(source.request.url)) + "': " + url.error()};
  }
  if (!is_token(source.request.method)) {
    return Failure{"'" + printable(source.request.method, 60) + "' is no HTTP method"};
  }
  std::optional<TextTemplate> body;
  if (!source.request.body.empty()) {
    Result<TextTemplate> parsed = TextTemplate::parse(source.request.body);
    if (!parsed) {
      return Failure{"request body: " + parsed.error()};
    }
    body = std::move(parsed).value();
  }
  auto builder =
      std::make_unique<TemplateBuilder>(std::move(url).value(), std::move(body), source.request);
  if (std::string fault = builder->set_headers(source, user_agent); !fault.empty()) {
    return Failure{std::move(fault)};
  }
  return std::unique_ptr<RequestBuilder>(std::move(builder));
}

}  // namespace dogged

// SPDX-License-Identifier: MIT
#include "tests/standin_api/server.h"

#include "tests/standin_api/company.h"
#include "tests/standin_api/gate.h"

#include <fcntl.h>
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace standin {
namespace {

constexpr int kIdleMs = 300'000;

// A connection of ours under httplib: its own one polls every 10 ms and cannot be reset.
class Connection final : public httplib::Stream {
 public:
  explicit Connection(int fd) : fd_(fd) {
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  }
  ~Connection() override {
    if (reset_) {
      // Closed with a linger time of 0: the client gets RST instead of an answer.
      const linger now = {1, 0};
      ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    ::close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void reset() { reset_ = true; }
  bool is_reset() const { return reset_; }
  // When the kernel had what was read last: on a loaded machine this thread comes to it later, and
  // who judges a client's pace by it must not judge that.
  std::chrono::system_clock::time_point arrived() const { return arrived_; }

  // Whether there is something to read before the idle time is over.
  bool wait() const {
    if (used_ < filled_) {
      return true;
    }
    pollfd waiting = {fd_, POLLIN, 0};
    int ready = 0;
    do {
      ready = ::poll(&waiting, 1, kIdleMs);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
  }

  bool is_readable() const override { return true; }
  bool is_writable() const override { return !reset_; }
  ssize_t read(char* out, std::size_t size) override {
    if (used_ == filled_) {
      const ssize_t got = receive();
      if (got <= 0) {
        return got;
      }
      used_ = 0;
      filled_ = static_cast<std::size_t>(got);
    }
    const std::size_t n = std::min(size, filled_ - used_);
    std::memcpy(out, buffer_.data() + used_, n);
    used_ += n;
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* data, std::size_t size) override {
    return reset_ ? -1 : ::send(fd_, data, size, MSG_NOSIGNAL);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = "127.0.0.1";
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip = "127.0.0.1";
    port = 0;
  }
  socket_t socket() const override { return fd_; }

 private:
  ssize_t receive() {
    iovec bytes = {buffer_.data(), buffer_.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(fd_, &message, 0);
    arrived_ = std::chrono::system_clock::now();
    const cmsghdr* const about = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
    if (about != nullptr && about->cmsg_level == SOL_SOCKET &&
        about->cmsg_type == SCM_TIMESTAMPNS) {
      timespec at{};
      std::memcpy(&at, CMSG_DATA(about), sizeof at);
      arrived_ = std::chrono::system_clock::time_point(std::chrono::seconds(at.tv_sec) +
                                                       std::chrono::nanoseconds(at.tv_nsec));
    }
    return got;
  }

  const int fd_;
  bool reset_ = false;
  std::chrono::system_clock::time_point arrived_;
  std::array<char, 16384> buffer_;
  std::size_t used_ = 0, filled_ = 0;
};

// The connection that the calling thread serves: httplib does not hand it to handlers.
thread_local Connection* current_connection = nullptr;

class HttpServer final : public httplib::Server {
 public:
  // httplib listens with a backlog of 5, which costs clients that come all at once a second.
  void widen_backlog() { ::listen(svr_sock_, 1024); }

 private:
  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket);
    current_connection = &connection;
    bool closed = false;
    while (!closed && !connection.is_reset() && connection.wait()) {
      if (!process_request(connection, false, closed, [](httplib::Request&) {})) {
        break;
      }
    }
    current_connection = nullptr;
    return true;
  }
};

class ThreadPerConnection final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> serve) override { std::thread(std::move(serve)).detach(); }
  void shutdown() override {}
};

// One line a request, with the time of its arrival, each by one write: nothing is lost when the
// process is killed. Any thread.
class RequestLog {
 public:
  explicit RequestLog(const std::string& path) {
    if (!path.empty()) {
      fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
      if (fd_ < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot open " + path);
      }
    }
  }
  ~RequestLog() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  void add(std::chrono::system_clock::time_point arrived, int status, const std::string& target) {
    if (fd_ < 0) {
      return;
    }
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(arrived.time_since_epoch()).count();
    std::array<char, 64> head{};
    std::snprintf(head.data(), head.size(), "%lld.%03d %03d ", static_cast<long long>(ms / 1000),
                  static_cast<int>(ms % 1000), status);
    const std::string line = head.data() + target + "\n";
    if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      std::perror("standin_api: log");
    }
  }

 private:
  int fd_ = -1;
};

// Which of the interfaces a path belongs to, and the ID that it asks for.
struct Asked {
  enum class Interface { plain, v3, v1, none };
  Interface interface = Interface::none;
  std::string id;
};

Asked asked_of(const httplib::Request& request) {
  constexpr std::string_view kPlain = "/companies/";
  constexpr std::string_view kV1 = "/bis/v1/";
  if (request.path == "/opendata-ytj-api/v3/companies" && request.has_param("businessId")) {
    return {Asked::Interface::v3, request.get_param_value("businessId")};
  }
  if (request.path.starts_with(kPlain) && request.path.size() > kPlain.size()) {
    return {Asked::Interface::plain, request.path.substr(kPlain.size())};
  }
  if (request.path.starts_with(kV1) && request.path.size() > kV1.size()) {
    return {Asked::Interface::v1, request.path.substr(kV1.size())};
  }
  return {};
}

struct Reply {
  int status = 200;
  std::string body;
  const char* type = "application/json";
};

Reply record_reply(const Asked& asked, bool in_register) {
  switch (asked.interface) {
    case Asked::Interface::v3:
      return {200, in_register ? v3_record(asked.id) : kV3Nothing};
    case Asked::Interface::v1:
      return in_register ? Reply{200, v1_record(asked.id)} : Reply{404, kV1Nothing};
    case Asked::Interface::plain:
      return in_register ? Reply{200, plain_record(asked.id)}
                         : Reply{404, R"({"error":"no such company"})"};
    case Asked::Interface::none:
      break;
  }
  return {404, R"({"error":"no such path"})"};
}

Reply mode_reply(Mode mode, Asked asked, bool in_register) {
  if (mode == Mode::wrong_path) {
    return {404, "<html><body><h1>404 Not Found</h1></body></html>", "text/html"};
  }
  if (mode == Mode::login_page) {
    return {200, "<!DOCTYPE html><html><body><form>Please sign in</form></body></html>",
            "text/html"};
  }
  if (mode == Mode::same_body) {
    asked.id = "0000000-0";
  }
  return record_reply(asked, in_register);
}

Reply reply_to(const Ruling& ruling, Mode mode, const Asked& asked) {
  switch (ruling.kind) {
    case Ruling::Kind::answer:
      return mode_reply(mode, asked, ruling.in_register);
    case Ruling::Kind::too_many_at_once:
      return {503, "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>",
              "text/html"};
    case Ruling::Kind::too_fast:
      return {429, R"({"error":"too many requests"})"};
    case Ruling::Kind::error:
      return {500, R"({"error":"internal error"})"};
    case Ruling::Kind::unauthorized:
      return {401, R"({"error":"the key is not valid"})"};
    case Ruling::Kind::reset:
      break;
  }
  return {0, ""};
}

std::string gzipped(const std::string& body) {
  httplib::detail::gzip_compressor compressor;
  std::string out;
  compressor.compress(body.data(), body.size(), true, [&out](const char* data, std::size_t size) {
    out.append(data, size);
    return true;
  });
  return out;
}

// Through a content provider, because httplib compresses bodies that it is given whole as it likes.
void send_reply(const httplib::Request& request, httplib::Response& response, Reply reply,
                bool gzip) {
  response.status = reply.status;
  if (gzip && request.get_header_value("Accept-Encoding").find("gzip") != std::string::npos) {
    reply.body = gzipped(reply.body);
    response.set_header("Content-Encoding", "gzip");
  }
  const std::size_t size = reply.body.size();
  response.set_content_provider(
      size, reply.type,
      [body = std::move(reply.body)](std::size_t offset, std::size_t length,
                                     httplib::DataSink& sink) {
        return sink.write(body.data() + offset, length);
      });
}

}  // namespace

class ApiServer::Impl {
 public:
  explicit Impl(const Options& options) : options_(options), gate_(options), log_(options.log) {
    server_.new_task_queue = [] { return std::make_unique<ThreadPerConnection>().release(); };
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_timeout(kIdleMs / 1000);  // told to the client, as is the count
    server_.set_keep_alive_max_count(1'000'000'000);
    server_.set_socket_options([](socket_t socket) {
      // Not SO_REUSEPORT, httplib's choice: two servers would share a port without a word.
      const int on = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
      handle(request, response);
    };
    server_.Get(".*", handler);
    server_.Post(".*", handler);
    port_ = options.port;
    if (port_ == 0) {
      port_ = server_.bind_to_any_port("127.0.0.1");
    } else if (!server_.bind_to_port("127.0.0.1", port_)) {
      port_ = -1;
    }
    if (port_ < 0) {
      throw std::runtime_error("cannot listen on port " + std::to_string(options.port));
    }
    server_.widen_backlog();
  }

  int port() const { return port_; }
  void serve() { server_.listen_after_bind(); }

 private:
  void handle(const httplib::Request& request, httplib::Response& response) {
    if (request.path == "/health") {
      send_reply(request, response, {200, R"({"status":"up"})"}, false);
      return;
    }
    Gate::Visit visit(gate_);
    const Asked asked = asked_of(request);
    const Ruling ruling = gate_.rule(visit, asked.id);
    Reply reply = reply_to(ruling, options_.mode, asked);
    log_.add(current_connection->arrived(), reply.status, request.target);
    std::this_thread::sleep_for(ruling.delay);
    if (ruling.kind == Ruling::Kind::reset) {
      current_connection->reset();
      return;
    }
    if (ruling.kind == Ruling::Kind::too_fast && options_.retry_after_s) {
      response.set_header("Retry-After", std::to_string(*options_.retry_after_s));
    }
    send_reply(request, response, std::move(reply), options_.gzip);
  }

  const Options options_;
  Gate gate_;
  RequestLog log_;
  HttpServer server_;
  int port_ = -1;
};

ApiServer::ApiServer(const Options& options) : impl_(std::make_unique<Impl>(options)) {}
ApiServer::~ApiServer() = default;

int ApiServer::port() const {
  return impl_->port();
}
void ApiServer::serve() {
  impl_->serve();
}

}  // namespace standin

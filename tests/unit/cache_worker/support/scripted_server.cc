#include "tests/unit/cache_worker/support/scripted_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace locus::worker {

ScriptedAnswer Reply(int status, const std::vector<std::string>& headers, const std::string& body) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " X\r\n";
  for (const std::string& header : headers) text += header + "\r\n";
  return {text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

ScriptedServer::ScriptedServer(Handler handler) : handler_(std::move(handler)) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd_, generic, size) != 0 || ::listen(fd_, 64) != 0 || ::getsockname(fd_, generic, &size) != 0)
    std::abort();
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  stop_ = true;
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(fd_);
}

std::vector<SeenRequest> ScriptedServer::seen() {
  MutexLock lock(mutex_);
  return seen_;
}

void ScriptedServer::Accept() {
  while (!stop_) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, 10) <= 0) continue;
    const int connection = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    ++connections_;
    threads_.emplace_back([this, connection] { Serve(connection); });
  }
}

void ScriptedServer::Serve(int connection) {
  std::string buffer;
  SeenRequest request;
  for (bool open = true; open && ReadRequest(connection, &buffer, &request);) {
    int number = 0;
    {
      MutexLock lock(mutex_);
      number = static_cast<int>(seen_.size());
      seen_.push_back(request);
    }
    const ScriptedAnswer answer = handler_(request, number);
    open = Send(connection, answer) && answer.after != After::kClose;
    // The peer's end of the connection, or ours.
    while (open && answer.after == After::kSilence && !stop_) {
      pollfd waiting{connection, POLLIN, 0};
      char byte = 0;
      if (::poll(&waiting, 1, 10) > 0 && ::recv(connection, &byte, 1, 0) <= 0) open = false;
    }
  }
  ::close(connection);
}

bool ScriptedServer::ReadRequest(int connection, std::string* buffer, SeenRequest* request) const {
  size_t end = 0;
  while ((end = buffer->find("\r\n\r\n")) == std::string::npos) {
    if (stop_) return false;
    pollfd waiting{connection, POLLIN, 0};
    if (::poll(&waiting, 1, 10) <= 0) continue;
    char bytes[4096];
    const ssize_t n = ::recv(connection, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    buffer->append(bytes, static_cast<size_t>(n));
  }
  std::istringstream lines(buffer->substr(0, end));
  buffer->erase(0, end + 4);
  *request = SeenRequest();
  lines >> request->method >> request->target;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    while (!line.empty() && line.back() == '\r') line.pop_back();
    const size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    request->headers[name] = line.substr(colon + 2);
  }
  return true;
}

bool ScriptedServer::Send(int connection, const ScriptedAnswer& answer) const {
  const size_t step = answer.drip ? 1 : std::max<size_t>(1, answer.bytes.size());
  for (size_t done = 0; done < answer.bytes.size() && !stop_;) {
    const size_t size = std::min(step, answer.bytes.size() - done);
    const ssize_t n = ::send(connection, answer.bytes.data() + done, size, MSG_NOSIGNAL);
    if (n <= 0) return false;
    done += static_cast<size_t>(n);
    if (answer.drip) ::poll(nullptr, 0, 10);
  }
  return !stop_;
}

}  // namespace locus::worker

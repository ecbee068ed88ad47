#include "tests/contract/extender/http_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace locus {
namespace {

HttpReply ParseHead(const std::string& head) {
  HttpReply reply;
  reply.status = std::atoi(head.c_str() + std::min<size_t>(head.size(), 9));
  for (size_t line = head.find("\r\n"); line != std::string::npos;) {
    const size_t next = head.find("\r\n", line + 2);
    const std::string text = head.substr(line + 2, next == std::string::npos ? next : next - line - 2);
    const size_t colon = text.find(':');
    if (colon != std::string::npos) {
      std::string key = text.substr(0, colon);
      std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
      reply.headers[key] = text.substr(std::min(text.size(), colon + 2));
    }
    line = next;
  }
  return reply;
}

}  // namespace

HttpClient::HttpClient(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval bound{60, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

HttpClient::~HttpClient() {
  if (fd_ >= 0) ::close(fd_);
}

HttpReply HttpClient::Call(std::string_view method, std::string_view path, std::string_view body) {
  std::string request(method);
  request.append(" ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Go-http-client/1.1\r\n");
  if (method != "GET") {
    request.append("Content-Length: ").append(std::to_string(body.size()));
    request.append("\r\nContent-Type: application/json\r\n");
  }
  request.append("Accept-Encoding: gzip\r\n\r\n").append(body);
  // A refusal may come, and the connection end, while the body is still on its way.
  Send(request);
  return Receive();
}

bool HttpClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

HttpReply HttpClient::Receive() {
  HttpReply reply;
  size_t body = 0;
  size_t length = 0;
  while (!reply || in_.size() < body + length) {
    const size_t head = reply ? std::string::npos : in_.find("\r\n\r\n");
    if (head != std::string::npos) {
      body = head + 4;
      reply = ParseHead(in_.substr(0, head));
      length = std::strtoul(reply.headers["content-length"].c_str(), nullptr, 10);
      continue;
    }
    char buffer[65536];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) return {};
    in_.append(buffer, static_cast<size_t>(n));
  }
  reply.body = in_.substr(body, length);
  in_.erase(0, body + length);
  return reply;
}

}  // namespace locus

// A bare socket that speaks HTTP as a test says, right or wrong.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

namespace locus::worker {

struct RawAnswer {
  // 0: the connection ended, or nothing came, before a whole head.
  int status = 0;
  // Names in lower case.
  std::map<std::string, std::string> fields;
  std::string body;
  // All of Content-Length came.
  bool whole = false;
};

// Gives up on anything that takes longer than twenty seconds.
class RawHttp {
 public:
  explicit RawHttp(int port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawHttp() { ::close(fd_); }
  RawHttp(const RawHttp&) = delete;
  RawHttp& operator=(const RawHttp&) = delete;

  bool connected() const { return connected_; }
  int fd() const { return fd_; }
  bool Send(const std::string& text) {
    for (size_t sent = 0; sent < text.size();) {
      const ssize_t n = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += static_cast<size_t>(n);
    }
    return true;
  }
  // Up to `most` bytes more; false at the end.
  bool Receive(size_t most = 65536) {
    pollfd waits{fd_, POLLIN, 0};
    if (::poll(&waits, 1, 20'000) <= 0) return false;
    std::string piece(most, '\0');
    const ssize_t n = ::recv(fd_, piece.data(), piece.size(), 0);
    if (n <= 0) return false;
    buffer_.append(piece, 0, static_cast<size_t>(n));
    return true;
  }
  // Whether the other side has closed, or does so within the time.
  bool Ended() {
    while (Receive()) {
    }
    return ::recv(fd_, nullptr, 0, MSG_DONTWAIT) == 0 || errno != EAGAIN;
  }

  RawAnswer Answer(bool has_body = true) {
    RawAnswer answer;
    size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!Receive()) return answer;
    }
    const std::string head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    answer.status = std::atoi(head.c_str() + head.find(' '));
    for (size_t at = head.find("\r\n") + 2; at < head.size();) {
      const size_t line_end = head.find("\r\n", at);
      const size_t colon = head.find(':', at);
      std::string name = head.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      answer.fields[name] =
          head.substr(head.find_first_not_of(' ', colon + 1), line_end - head.find_first_not_of(' ', colon + 1));
      at = line_end + 2;
    }
    const auto length = answer.fields.find("content-length");
    const size_t wanted =
        length == answer.fields.end() || !has_body ? 0 : std::strtoull(length->second.c_str(), nullptr, 10);
    while (buffer_.size() < wanted && Receive()) {
    }
    answer.whole = buffer_.size() >= wanted;
    answer.body = buffer_.substr(0, wanted);
    buffer_.erase(0, wanted);
    return answer;
  }

  RawAnswer Get(const std::string& target, const std::string& fields = "", const std::string& method = "GET") {
    Send(method + " " + target + " HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n");
    return Answer(method != "HEAD");
  }

 private:
  const int fd_;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace locus::worker

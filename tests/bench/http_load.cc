// http_load HOST PORT PATH BODY_FILE COUNT
//
// Posts the same body COUNT times, one after the other, on one kept-alive connection, as kube-scheduler does, and
// prints each call's latency in microseconds, one a line: from before the first byte is sent until the last byte of the
// answer is there. Exit code 1 when any answer is not a 200 with Content-Length.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

int Fail(const std::string& what) {
  std::cerr << "http_load: " << what << "\n";
  return 1;
}

bool SendAll(int fd, const std::string& data) {
  for (size_t sent = 0; sent < data.size();) {
    const ssize_t n = ::send(fd, data.data() + sent, data.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

// Reads one answer; false unless it is a 200 with Content-Length.
bool ReadAnswer(int fd, std::vector<char>& buffer) {
  std::string head;
  size_t expected = 0;
  size_t body = 0;
  bool in_body = false;
  while (!in_body || body < expected) {
    const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (n <= 0) return false;
    if (in_body) {
      body += static_cast<size_t>(n);
      continue;
    }
    head.append(buffer.data(), static_cast<size_t>(n));
    const size_t end = head.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    if (head.compare(0, 12, "HTTP/1.1 200") != 0) return false;
    const size_t field = head.find("Content-Length: ");
    if (field == std::string::npos || field > end) return false;
    expected = std::strtoull(head.c_str() + field + 16, nullptr, 10);
    body = head.size() - end - 4;
    in_body = true;
  }
  return body == expected;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return Fail("usage: http_load HOST PORT PATH BODY_FILE COUNT");
  std::ifstream file(argv[4], std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  const std::string body = content.str();
  if (body.empty()) return Fail("empty body file");
  const std::string request = "POST " + std::string(argv[3]) + " HTTP/1.1\r\nHost: " + argv[1] +
                              "\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: " + std::to_string(body.size()) +
                              "\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n" + body;
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(argv[2])));
  if (::inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) return Fail("HOST must be an IPv4 address");
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return Fail("cannot connect");
  std::vector<char> buffer(1 << 20);
  std::vector<double> micros;
  for (int i = std::atoi(argv[5]); i > 0; --i) {
    const auto start = std::chrono::steady_clock::now();
    if (!SendAll(fd, request) || !ReadAnswer(fd, buffer)) return Fail("a call did not get a proper 200");
    micros.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  }
  ::close(fd);
  for (const double us : micros) std::cout << us << "\n";
  return 0;
}

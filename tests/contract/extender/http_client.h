// A plain HTTP/1.1 client over one socket, close enough to the wire to see what a Go client sees.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace locus {

struct HttpReply {
  // 0: the server closed the connection, or nothing came for a minute.
  int status = 0;
  // Keys in lower case.
  std::map<std::string, std::string> headers;
  std::string body;

  explicit operator bool() const { return status != 0; }
};

// One connection to 127.0.0.1, kept alive. Not thread-safe.
class HttpClient {
 public:
  explicit HttpClient(int port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpReply Call(std::string_view method, std::string_view path, std::string_view body = "");
  HttpReply Post(std::string_view path, std::string_view body) { return Call("POST", path, body); }
  HttpReply Get(std::string_view path) { return Call("GET", path); }

  // For what Call does not do.
  bool Send(std::string_view bytes);
  HttpReply Receive();

 private:
  int fd_;
  std::string in_;
};

}  // namespace locus

// An HTTP server that answers exactly the bytes that a test writes, right or wrong.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace locus::worker {

struct SeenRequest {
  std::string method;
  // Path and query as they were sent.
  std::string target;
  // Names in lower case.
  std::map<std::string, std::string> headers;

  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

// What the connection does after the last byte.
enum class After { kKeep, kClose, kSilence };

struct ScriptedAnswer {
  // Status line, headers and body.
  std::string bytes;
  After after = After::kKeep;
  // One byte at a time, ten milliseconds apart.
  bool drip = false;
};

// A whole answer with these headers, one a line, and Content-Length.
ScriptedAnswer Reply(int status, const std::vector<std::string>& headers = {}, const std::string& body = "");

// On 127.0.0.1, a thread for each connection. Ends with its destructor.
class ScriptedServer {
 public:
  // `number`: of the request, from 0. Called on the threads of the connections.
  using Handler = std::function<ScriptedAnswer(const SeenRequest& request, int number)>;
  explicit ScriptedServer(Handler handler);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  std::vector<SeenRequest> seen();
  int connections() const { return connections_; }

 private:
  void Accept();
  void Serve(int connection);
  // False: gone, or the server stops.
  bool ReadRequest(int connection, std::string* buffer, SeenRequest* request) const;
  bool Send(int connection, const ScriptedAnswer& answer) const;

  const Handler handler_;
  int fd_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<int> connections_{0};
  Mutex mutex_;
  std::vector<SeenRequest> seen_ GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace locus::worker

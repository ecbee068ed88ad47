// An API server of the test's own: HTTPS on loopback, with a certificate made for it.
#pragma once

#include <httplib.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace locus::kube {

// A folder of this test process below TEST_TMPDIR.
std::string TestFolder();
void WriteFile(const std::string& path, const std::string& text);
std::string ReadFile(const std::string& path);

// PEM files of a certificate for 127.0.0.1 that signs itself, and of its key; another `name`, another pair. Made once.
struct Pair {
  std::string certificate;
  std::string key;
};
Pair MakePair(const std::string& name);

struct Seen {
  std::string method;
  // Path and query, decoded.
  std::string path;
  httplib::Params query;
  std::string authorization;
  std::string content_type;
  std::string accept_encoding;
  std::string body;
};

// Listens from construction to Stop. Thread-safe.
class FakeApiServer {
 public:
  using Handler = std::function<void(const httplib::Request&, httplib::Response&)>;
  // `port` 0: the kernel chooses. `client_authority`: PEM file of who may connect; empty: everybody.
  explicit FakeApiServer(Handler handler, int port = 0, const std::string& client_authority = "");
  ~FakeApiServer() { Stop(); }

  int port() const { return port_; }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  std::vector<Seen> seen() const;
  void Stop();

  // A kubeconfig that names it and trusts it, and sends `user` (YAML flow, such as "{token: t}").
  std::string Kubeconfig(const std::string& user, const std::string& cluster_extra = "") const;

 private:
  const Handler handler_;
  std::unique_ptr<httplib::SSLServer> server_;
  int port_ = 0;
  mutable Mutex mutex_;
  std::vector<Seen> seen_ GUARDED_BY(mutex_);
  std::thread thread_;
};

void Answer(httplib::Response& response, const std::string& body, int status = 200);

// What a stream does after its last chunk.
enum class Ending { kEnd, kBreakOff, kSilence };
// Answers with these chunks, each in one piece, as an API server streams.
void Play(httplib::Response& response, std::vector<std::string> chunks, Ending ending);
// One event of a watch, and its line's end.
std::string FrameJson(const std::string& type, const std::string& object);

// NodeList and PodList as the API server writes them. `next`: metadata.continue.
std::string NodeListJson(const std::vector<std::string>& items, const std::string& next = "");
std::string PodListJson(const std::vector<std::string>& items, const std::string& next = "");
std::string NodeJson(const std::string& name, const std::string& internal_ip);
std::string PodJson(const std::string& name, const std::string& node, const std::string& ip,
                    const std::string& phase = "Running");
std::string StatusJson(int code, const std::string& message);

}  // namespace locus::kube

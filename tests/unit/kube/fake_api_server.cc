#include "tests/unit/kube/fake_api_server.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace locus::kube {
namespace {

std::string ListJson(const std::string& kind, const std::vector<std::string>& items, const std::string& next) {
  std::string all;
  for (const std::string& item : items) all += (all.empty() ? "" : ",") + item;
  return R"({"kind":")" + kind + R"(","apiVersion":"v1","metadata":{"resourceVersion":"7")" +
         (next.empty() ? "" : R"(,"continue":")" + next + R"(","remainingItemCount":1)") + R"(},"items":[)" + all +
         "]}";
}

}  // namespace

std::string TestFolder() {
  static const std::string folder = [] {
    const char* base = std::getenv("TEST_TMPDIR");
    const std::string path = std::string(base != nullptr ? base : "/tmp") + "/kube-" + std::to_string(::getpid());
    std::filesystem::create_directories(path);
    return path;
  }();
  return folder;
}

void WriteFile(const std::string& path, const std::string& text) {
  // Replaced as a whole, as Kubernetes does it.
  std::ofstream(path + ".new", std::ios::binary) << text;
  std::filesystem::rename(path + ".new", path);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Pair MakePair(const std::string& name) {
  const Pair pair{TestFolder() + "/" + name + ".crt", TestFolder() + "/" + name + ".key"};
  if (std::filesystem::exists(pair.certificate)) return pair;
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=" + name +
      " -addext subjectAltName=IP:127.0.0.1 -keyout '" + pair.key + "' -out '" + pair.certificate + "' 2>/dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl makes no certificate");
  return pair;
}

FakeApiServer::FakeApiServer(Handler handler, int port, const std::string& client_authority)
    : handler_(std::move(handler)) {
  const Pair pair = MakePair("server");
  server_ = std::make_unique<httplib::SSLServer>(pair.certificate.c_str(), pair.key.c_str(),
                                                 client_authority.empty() ? nullptr : client_authority.c_str());
  server_->set_keep_alive_timeout(1);
  const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
    {
      MutexLock lock(mutex_);
      seen_.push_back({request.method, request.path, request.params, request.get_header_value("Authorization"),
                       request.get_header_value("Content-Type"), request.get_header_value("Accept-Encoding"),
                       request.body});
    }
    handler_(request, response);
  };
  server_->Get(".*", answer).Post(".*", answer).Put(".*", answer).Patch(".*", answer);
  port_ = port == 0 ? server_->bind_to_any_port("127.0.0.1") : port;
  if (port != 0 && !server_->bind_to_port("127.0.0.1", port)) port_ = -1;
  if (port_ <= 0) throw std::runtime_error("no port to listen on");
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  // A stop before that would be lost.
  while (!server_->is_running()) std::this_thread::yield();
}

std::vector<Seen> FakeApiServer::seen() const {
  MutexLock lock(mutex_);
  return seen_;
}

void FakeApiServer::Stop() {
  if (!thread_.joinable()) return;
  server_->stop();
  thread_.join();
}

std::string FakeApiServer::Kubeconfig(const std::string& user, const std::string& cluster_extra) const {
  const std::string path = TestFolder() + "/kubeconfig-" + std::to_string(port_);
  WriteFile(path, "current-context: c\nclusters: [{name: k, cluster: {server: '" + url() +
                      "', certificate-authority: server.crt" + cluster_extra + "}}]\nusers: [{name: u, user: " + user +
                      "}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n");
  return path;
}

void Answer(httplib::Response& response, const std::string& body, int status) {
  response.status = status;
  response.set_content(body, "application/json");
}

void Play(httplib::Response& response, std::vector<std::string> chunks, Ending ending) {
  const auto next = std::make_shared<size_t>(0);
  response.set_chunked_content_provider("application/json",
                                        [chunks = std::move(chunks), ending, next](size_t, httplib::DataSink& sink) {
                                          if (*next < chunks.size()) {
                                            const std::string& chunk = chunks[(*next)++];
                                            return sink.write(chunk.data(), chunk.size());
                                          }
                                          if (ending == Ending::kBreakOff) return false;
                                          if (ending == Ending::kEnd) {
                                            sink.done();
                                            return true;
                                          }
                                          // Asked again and again until the server stops.
                                          std::this_thread::sleep_for(std::chrono::milliseconds(1));
                                          return true;
                                        });
}

std::string FrameJson(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

std::string NodeListJson(const std::vector<std::string>& items, const std::string& next) {
  return ListJson("NodeList", items, next);
}

std::string PodListJson(const std::vector<std::string>& items, const std::string& next) {
  return ListJson("PodList", items, next);
}

std::string NodeJson(const std::string& name, const std::string& internal_ip) {
  return R"({"metadata":{"name":")" + name + R"(","uid":"1","labels":{"a":"b","kubernetes.io/hostname":")" + name +
         R"("}},"spec":{"podCIDR":"10.1.0.0/24"},"status":{"capacity":{"cpu":"4"},"addresses":[{"type":"InternalIP",)" +
         R"("address":")" + internal_ip + R"("},{"type":"Hostname","address":")" + name + R"("}],"images":[]}})";
}

std::string PodJson(const std::string& name, const std::string& node, const std::string& ip, const std::string& phase) {
  return R"({"metadata":{"name":")" + name + R"(","namespace":"alluxio"},"spec":{"nodeName":")" + node +
         R"(","containers":[{"name":"w"}]},"status":{"phase":")" + phase + R"(","hostIP":"10.0.0.1","podIP":")" + ip +
         R"(","podIPs":[{"ip":")" + ip + R"("}]}})";
}

std::string StatusJson(int code, const std::string& message) {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" + message +
         R"(","code":)" + std::to_string(code) + "}";
}

}  // namespace locus::kube

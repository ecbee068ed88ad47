// The extender's HTTP side on a real socket, over a locality that the test writes.
#pragma once

#include "common/clock.h"
#include "common/http_server.h"
#include "extender/cluster/no_cluster.h"
#include "extender/http/routes.h"
#include "tests/unit/extender/fake_locality.h"

namespace locus::extender {

class ExtenderServer {
 public:
  explicit ExtenderServer(HttpServerOptions options = {}) : server_(std::move(options), &metrics_) {
    AddRoutes(server_,
              {verbs_, ring_, locality_, cluster_, metrics_, R"({"listen":{}})", VerbOptions(), clock_.WallNow(),
               nullptr, [this] { return cluster_condition_; }, clock_, [this](size_t) { return applications_; }});
    started_ = server_.Start();
  }

  bool ok() const { return started_.ok(); }
  int port() const { return server_.port(); }
  FakeLocality& locality() { return locality_; }
  const DecisionRing& ring() const { return ring_; }
  // Before the first question for it.
  void SetClusterCondition(ClusterCondition condition) { cluster_condition_ = std::move(condition); }
  void SetApplications(std::vector<ApplicationShare> applications) { applications_ = std::move(applications); }
  void Stop() { server_.Stop(); }

 private:
  SystemClock clock_;
  Metrics metrics_;
  CallMetrics call_metrics_{metrics_};
  FakeLocality locality_;
  DecisionRing ring_{1000};
  NoCluster cluster_;
  ClusterCondition cluster_condition_;
  std::vector<ApplicationShare> applications_;
  NoRefusals refusals_;
  NoListener listener_;
  Verbs verbs_{{}, {locality_, cluster_, refusals_, ring_, listener_, call_metrics_, clock_}};
  HttpServer server_;
  absl::Status started_;
};

// ExtenderArgs as kube-scheduler 1.36 writes them. `annotations` are JSON members.
inline std::string Args(const std::string& annotations, const std::vector<std::string>& names,
                        const std::string& pod = "p") {
  std::string body =
      R"({"Pod":{"metadata":{"name":")" + pod +
      R"(","namespace":"ns","uid":"u-1","labels":{"spark-app-selector":"app"},"annotations":{)" + annotations +
      R"(}},"spec":{"containers":[{"name":"c","resources":{}}],"schedulerName":"locus"},"status":{"phase":"Pending"}},)"
      R"("Nodes":null,"NodeNames":[)";
  for (size_t i = 0; i < names.size(); ++i) body += (i == 0 ? "\"" : ",\"") + names[i] + "\"";
  return body + "]}\n";
}

}  // namespace locus::extender

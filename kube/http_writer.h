// What Locus changes on the API server, over HTTPS.
#pragma once

#include <string>

#include "common/clock.h"
#include "common/clock_offset.h"
#include "kube/credentials.h"
#include "kube/https_client.h"
#include "kube/refusal.h"
#include "kube/writer.h"

namespace locus::kube {

struct HttpWriterOptions {
  std::string user_agent = "locus";
  Duration call_timeout = std::chrono::seconds(10);
  // Told of the server's clock by each answer; must outlive this. Null: nobody wants to know.
  ClockOffset* server_clock = nullptr;
};

// Each call is made once: nothing is retried. An UNAVAILABLE may say when to ask again (RetryAfterOf,
// kube/refusal.h); it and DEADLINE_EXCEEDED leave open whether the change was made. Credentials are looked at anew at
// each call.
class HttpWriter final : public Writer {
 public:
  HttpWriter(Credentials credentials, HttpWriterOptions options);

  absl::Status PatchPod(const std::string& space, const std::string& name, const std::string& patch) override;
  absl::Status CreateEvent(const PodEvent& event) override;
  absl::StatusOr<Lease> GetLease(const std::string& space, const std::string& name) override;
  absl::StatusOr<Lease> PutLease(const std::string& space, const std::string& name, const Lease& lease) override;
  void Stop() override { client_.Stop(); }

 private:
  // The body of a 2xx.
  absl::StatusOr<std::string> Call(const HttpRequest& request, const Advice& advice);

  Credentials credentials_;
  const HttpWriterOptions options_;
  HttpsClient client_;
};

}  // namespace locus::kube

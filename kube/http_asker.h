// Questions to the API server over HTTPS.
#pragma once

#include <cstddef>
#include <string>

#include "common/clock.h"
#include "kube/asker.h"
#include "kube/credentials.h"
#include "kube/https_client.h"

namespace locus::kube {

struct HttpAskerOptions {
  std::string user_agent = "locus";
  Duration call_timeout = std::chrono::seconds(10);
  // Lists are to be asked for by the page.
  size_t max_answer_bytes = size_t{64} << 20;
};

class HttpAsker final : public Asker {
 public:
  HttpAsker(Credentials credentials, HttpAskerOptions options);

  absl::StatusOr<std::string> Get(const std::string& target) override;
  absl::StatusOr<std::string> Review(const std::string& target, const std::string& json) override;

 private:
  absl::StatusOr<std::string> Call(const HttpRequest& request);

  Credentials credentials_;
  const HttpAskerOptions options_;
  HttpsClient client_;
};

}  // namespace locus::kube

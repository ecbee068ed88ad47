// The API server over HTTPS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/clock_offset.h"
#include "kube/api.h"
#include "kube/credentials.h"
#include "kube/https_client.h"

namespace locus::kube {

struct HttpApiOptions {
  std::string user_agent = "locus";
  // Of one call; a list takes one for each page.
  Duration call_timeout = std::chrono::seconds(10);
  // A node takes 5 to 20 KiB with its images.
  uint32_t page_size = 500;
  size_t max_page_bytes = size_t{64} << 20;
  // In one list: twenty times the nodes of the largest clusters
  // (https://kubernetes.io/docs/setup/best-practices/cluster-large/).
  size_t max_items = 100'000;
  // Told of the server's clock by each answer; must outlive this. Null: nobody wants to know.
  ClockOffset* server_clock = nullptr;
};

class HttpApi final : public Api {
 public:
  HttpApi(Credentials credentials, HttpApiOptions options);

  absl::StatusOr<std::vector<Node>> ListNodes() override;
  absl::StatusOr<std::vector<Pod>> ListPods(const std::string& label_selector) override;
  void Stop() override { client_.Stop(); }

 private:
  // All pages of `path`; `query` starts with '&' or is empty. `parse` gives a ListPage<T>.
  template <typename T, typename Parse>
  absl::StatusOr<std::vector<T>> List(const std::string& path, const std::string& query, Parse parse);
  template <typename T, typename Parse>
  absl::StatusOr<std::vector<T>> ListOnce(const std::string& path, const std::string& query, Parse parse);
  // The body of a 200; any other status as an error, 410 as OUT_OF_RANGE.
  absl::StatusOr<std::string> Get(const std::string& target);

  Credentials credentials_;
  const HttpApiOptions options_;
  HttpsClient client_;
};

}  // namespace locus::kube

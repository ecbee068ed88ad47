// Nodes or pods of the API server over HTTPS
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/clock_offset.h"
#include "kube/credentials.h"
#include "kube/https_client.h"
#include "kube/objects.h"
#include "kube/watch.h"

namespace locus::kube {

struct HttpCollectionOptions {
  std::string user_agent = "locus";
  // As kubectl takes them; empty: all.
  std::string label_selector;
  std::string field_selector;
  // Of one call; a list takes one for each page, and a watch one to be opened.
  Duration call_timeout = std::chrono::seconds(10);
  // A pod takes 5 to 20 KiB, a node with its images as much.
  uint32_t page_size = 500;
  // Decompressed.
  size_t max_page_bytes = size_t{64} << 20;
  // In one list: seven times the pods of the largest clusters
  // (https://kubernetes.io/docs/setup/best-practices/cluster-large/).
  size_t max_items = 1'000'000;
  // In a row. A page may be empty and not the last one, where selectors pass all of it over
  // (https://kubernetes.io/docs/reference/kubernetes-api/common-parameters/common-parameters/#limit); a server that
  // sends no items and always another page would keep us for ever.
  uint32_t max_empty_pages = 1'000;
  // etcd keeps objects of at most 1.5 MiB; as JSON they take a few times that.
  size_t max_event_bytes = size_t{16} << 20;
  // The server ends a watch after this time at least, and at most twice as long: many clients do not come back at once,
  // and after a restart of one of several servers the load spreads again.
  Duration watch_for = std::chrono::minutes(5);
  // A watch that brings nothing for this long, not even a bookmark (one a minute), ends with DEADLINE_EXCEEDED.
  Duration silent_after = std::chrono::seconds(90);
  uint64_t seed = 0;
  // Told of the server's clock by each answer; must outlive this. Null: nobody wants to know.
  ClockOffset* server_clock = nullptr;
};

// Node or Pod. Credentials are looked at anew at each call and each page.
template <typename T>
class HttpCollection final : public Collection<T> {
 public:
  // `clock` must outlive this.
  HttpCollection(Credentials credentials, HttpCollectionOptions options, const Clock& clock);

  // OUT_OF_RANGE also when the rest of the list has expired between two pages.
  absl::StatusOr<std::string> List(const std::function<void(std::vector<T>)>& page) override;
  absl::Status Watch(std::string* version, const std::function<void(WatchEvent<T>)>& event,
                     const std::function<void()>& heard) override;
  void Stop() override { client_.Stop(); }

 private:
  std::string Selectors() const;

  Credentials credentials_;
  const HttpCollectionOptions options_;
  const Clock& clock_;
  std::mt19937_64 random_;
  HttpsClient client_;
};

extern template class HttpCollection<Node>;
extern template class HttpCollection<Pod>;

}  // namespace locus::kube

// Keeps the directory of nodes and worker pods as the API server has it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "alluxio_meta/nodes/node_directory.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "kube/api.h"

namespace locus::meta {

struct KubeDirectoryOptions {
  // Of the Alluxio worker pods.
  std::string worker_selector = "role=alluxio-worker";
  // From the end of one round of lists to the next.
  Duration refresh = std::chrono::seconds(10);
  // The first pause after a round that failed; it doubles up to `refresh`, at most kMaxRetry.
  Duration first_retry = std::chrono::milliseconds(500);
  // Nodes that are known beforehand.
  std::vector<DirectoryNode> known;
  uint64_t seed = 0;
};

struct KubeDirectoryStats {
  // Since the start.
  uint64_t rounds = 0;
  uint64_t node_failures = 0;
  uint64_t pod_failures = 0;
  // In the present directory.
  uint64_t nodes = 0;
  uint64_t pods = 0;
  // Since the older of the two lists that the directory rests on was asked for; absent until both have come.
  std::optional<Duration> age;
};

// `listed` and the nodes that are known beforehand: addresses of both where the names are the same. Sorted by name.
std::vector<DirectoryNode> MergeKnownNodes(std::vector<DirectoryNode> listed, const std::vector<DirectoryNode>& known);

// A thread of its own lists nodes and worker pods, one after the other. A list that fails leaves what its last success
// said: nodes without pods are worth having, and the other way round. An API server that is away changes nothing.
//
// Thread-safe. `on_change` is called from that thread, and once from Start with the known nodes where there are any;
// never twice at once, never after Stop, only with a directory that differs from the one before. It must not call Stop.
class KubeDirectory {
 public:
  using OnChange = std::function<void(std::shared_ptr<const NodeDirectory>)>;

  // A pause between rounds that failed is at most this long, however seldom rounds are wanted.
  static constexpr Duration kMaxRetry = std::chrono::seconds(30);

  // `clock` must outlive this.
  KubeDirectory(std::unique_ptr<kube::Api> api, KubeDirectoryOptions options, const Clock& clock, OnChange on_change);
  // Stops.
  ~KubeDirectory();
  KubeDirectory(const KubeDirectory&) = delete;
  KubeDirectory& operator=(const KubeDirectory&) = delete;

  // Once.
  void Start();
  // Ends a call under way, and the thread; a further one does nothing.
  void Stop();

  KubeDirectoryStats Stats() const;
  // Why the directory may be out of date, and what to do; empty when the last round went well.
  std::string problem() const;

 private:
  // One of the two lists, and what became of it.
  struct Listing {
    uint64_t failures = 0;
    std::optional<SteadyTime> asked;
    std::string problem;
  };

  void Run();
  // False when a list failed.
  bool Round();
  // Takes note of a list that was asked for at `asked`; true when it is OK.
  bool Note(const absl::Status& status, const char* what, SteadyTime asked, Listing* listing);
  void Publish();

  const std::unique_ptr<kube::Api> api_;
  const KubeDirectoryOptions options_;
  const Clock& clock_;
  const OnChange on_change_;

  // Of the thread alone, once it runs.
  std::vector<DirectoryNode> nodes_;
  std::vector<DirectoryPod> pods_;
  std::shared_ptr<const NodeDirectory> published_;

  mutable Mutex mutex_;
  CondVar stop_asked_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  uint64_t rounds_ GUARDED_BY(mutex_) = 0;
  uint64_t node_count_ GUARDED_BY(mutex_) = 0;
  uint64_t pod_count_ GUARDED_BY(mutex_) = 0;
  Listing node_listing_ GUARDED_BY(mutex_);
  Listing pod_listing_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace locus::meta

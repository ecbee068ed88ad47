// What locus-meta runs for `source: alluxio` and `both`, put together: the master's client, the mirror, the directory
// of nodes.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "alluxio_meta/alluxio/master_client.h"
#include "alluxio_meta/alluxio/mirror.h"
#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/config.h"
#include "alluxio_meta/nodes/kube_directory.h"
#include "common/clock.h"
#include "common/clock_offset.h"
#include "common/metrics.h"

namespace locus::meta {

// What the process was started with, beside its configuration.
struct MasterSideEnvironment {
  // For channel ids and jitter.
  uint64_t seed = 0;
  // KUBERNETES_SERVICE_HOST and _PORT; empty outside of a cluster.
  std::string kube_host;
  std::string kube_port;
  // Told of the API server's clock; must outlive what is made with it. Null: nobody wants to know.
  ClockOffset* server_clock = nullptr;
};

// Not thread-safe.
class MasterSide {
 public:
  // Null with `source: workers`. INVALID_ARGUMENT names the field that is wrong. All references must outlive it, and it
  // must outlive the last Render of `metrics`.
  static absl::StatusOr<std::unique_ptr<MasterSide>> Create(const MetaConfig& config, Catalog& catalog,
                                                            const MasterSideEnvironment& environment,
                                                            const Clock& clock, Metrics& metrics);
  // Stops.
  ~MasterSide();
  MasterSide(const MasterSide&) = delete;
  MasterSide& operator=(const MasterSide&) = delete;

  // Asks the master, and the API server where there is one, until Stop. A master that is away is no error.
  void Start();
  // Prompt, also in the middle of a call. Idempotent.
  void Stop();
  // Whether the API server has listed its nodes once; true where it is not asked. Thread-safe.
  bool NodesTold() const;

 private:
  MasterSide(std::unique_ptr<MasterClient> client, const MetaConfig& config, Catalog& catalog, const Clock& clock);
  void NameNodes(const NodeDirectory& directory);

  Catalog& catalog_;
  const std::unique_ptr<MasterClient> client_;
  Mirror mirror_;
  // Null: no API server is asked.
  std::unique_ptr<KubeDirectory> directory_;
};

}  // namespace locus::meta

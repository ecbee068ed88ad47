// What locus-meta runs for the front, put together: the port, what stands behind it, the watch of pods.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "alluxio_meta/applications/caller_book.h"
#include "alluxio_meta/applications/watched_applications.h"
#include "alluxio_meta/catalog/catalog.h"
#include "alluxio_meta/catalog/catalog_nodes.h"
#include "alluxio_meta/config.h"
#include "alluxio_meta/front/behind.h"
#include "alluxio_meta/front/channel_hosts.h"
#include "alluxio_meta/front/front_metrics.h"
#include "alluxio_meta/front/front_server.h"
#include "alluxio_meta/listings/worker_listings.h"
#include "alluxio_meta/master_side.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "kube/reflector.h"

namespace locus::meta {

// Not thread-safe but for Condition(), applications() and callers().
class FrontSide {
 public:
  // Null unless the front is enabled. INVALID_ARGUMENT names the field that is wrong. All references must outlive it,
  // and it must outlive the last Render of `metrics`.
  // `listings`: asked where no master is behind the front (source: workers).
  static absl::StatusOr<std::unique_ptr<FrontSide>> Create(const MetaConfig& config, Catalog& catalog,
                                                           WorkerListings& listings,
                                                           const MasterSideEnvironment& environment, const Clock& clock,
                                                           Metrics& metrics);
  // Stops.
  ~FrontSide();
  FrontSide(const FrontSide&) = delete;
  FrontSide& operator=(const FrontSide&) = delete;

  // Opens the port. UNAVAILABLE when it cannot be had. A master or an API server that is away is no error: callers hear
  // UNAVAILABLE meanwhile, and nothing is rewritten.
  absl::Status Start();
  int port() const { return server_->port(); }
  // Prompt; idempotent.
  void Stop();

  // For people, of /readyz. Whatever it says, locus-meta answers its other questions. Thread-safe.
  std::string Condition() const;

  const WatchedApplications& applications() const { return applications_; }
  const CallerBook& callers() const { return callers_; }

 private:
  FrontSide(const MetaConfig& config, const Catalog& catalog, const Clock& clock, Metrics& metrics);
  // The filter of each call.
  FilterFor Filters(size_t hosts_per_block);
  void WatchPods(const MetaConfig& config, const MasterSideEnvironment& environment);
  void Export(Metrics& metrics);

  const Clock& clock_;
  const std::string port_file_;
  const CatalogNodes nodes_;
  WatchedApplications applications_;
  CallerBook callers_;
  ChannelHosts hosts_;
  FrontMetrics figures_;
  std::unique_ptr<Behind> behind_;
  std::unique_ptr<FrontServer> server_;
  // Null: no API server is configured, so nobody is recognised.
  std::unique_ptr<kube::Reflector<kube::Pod>> pods_;
};

}  // namespace locus::meta

// One locus-worker of mode alluxio: a worker of a real Alluxio master, put together and run.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/alluxio/alluxio_server.h"
#include "cache_worker/alluxio/held_blocks.h"
#include "cache_worker/alluxio/master_blocks.h"
#include "cache_worker/alluxio/master_link.h"
#include "cache_worker/daemon.h"
#include "cache_worker/node_services.h"
#include "cache_worker/origin/s3_credentials.h"
#include "cache_worker/store/posix_file_system.h"
#include "cache_worker/store_start.h"
#include "cache_worker/traffic/traffic_watch.h"
#include "cache_worker/under_store.h"
#include "common/clock.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

// Not thread-safe but for ready(). Threads: one looks through the folders and then verifies what it found, and those of
// the parts.
class AlluxioWorker final : public Daemon {
 public:
  // `config` as ParseConfig filled it and CheckConfig found it. `clock` must outlive the worker. `seed`: for jitter and
  // channel ids.
  AlluxioWorker(const config::v1::Worker& config, const Clock& clock, uint64_t seed, const S3Credentials& environment);
  // Stops.
  ~AlluxioWorker() override;
  AlluxioWorker(const AlluxioWorker&) = delete;
  AlluxioWorker& operator=(const AlluxioWorker&) = delete;

  // A master that is away is no problem: it is tried until it is there. The worker is ready, and reports, once it has
  // looked through its folders.
  std::vector<std::string> Start() override;
  void Stop() override;

  bool ready() const { return ready_; }
  bool registered() const { return link_ != nullptr && link_->registered(); }
  int data_port() const override { return server_ == nullptr ? 0 : server_->port(); }
  int admin_port() const override { return node_.admin_port(); }

 private:
  void OpenStore(std::vector<std::string>& problems);
  void OpenPorts(std::vector<std::string>& problems);
  // On the store's thread, once the tier folders are looked through.
  void Serve();
  void ExportMetrics();
  v1::HolderAddress Address() const;

  const config::v1::Worker config_;
  const Clock& clock_;
  const uint64_t seed_;
  // Its queue hears of the store's changes: it goes last.
  NodeServices node_;
  HeldBlocks held_;
  PosixFileSystem files_;
  BlockStore store_;
  StoreStart start_{store_, clock_};
  HeldBlocksSource source_{store_};
  UnderStore under_store_;
  std::unique_ptr<MasterLink> link_;
  std::unique_ptr<MasterBlocks> blocks_;
  std::unique_ptr<AlluxioServer> server_;
  // Null where it is switched off.
  std::unique_ptr<TrafficWatch> traffic_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ready_{false};
};

}  // namespace locus::worker

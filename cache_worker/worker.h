// One locus-worker of mode store: all parts, put together and run.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/alluxio/alluxio_server.h"
#include "cache_worker/alluxio/namespace_blocks.h"
#include "cache_worker/daemon.h"
#include "cache_worker/grpc/cache_service.h"
#include "cache_worker/http/data_server.h"
#include "cache_worker/node_services.h"
#include "cache_worker/origin/s3_credentials.h"
#include "cache_worker/report/lister.h"
#include "cache_worker/report/store_source.h"
#include "cache_worker/store/loader.h"
#include "cache_worker/store/posix_file_system.h"
#include "cache_worker/store/read_through.h"
#include "cache_worker/store_start.h"
#include "cache_worker/traffic/traffic_watch.h"
#include "cache_worker/under_store.h"
#include "common/clock.h"
#include "common/grpc_server.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

// Not thread-safe but for ready(). Threads: one looks through the folders and then verifies what it found, and those of
// the parts.
class Worker final : public Daemon {
 public:
  // `config` as ParseConfig filled it and CheckConfig found it. `clock` must outlive the worker. `seed`: for jitter.
  // `environment`: S3 credentials for mounts that name no file.
  Worker(const config::v1::Worker& config, const Clock& clock, uint64_t seed, const S3Credentials& environment = {});
  // Stops.
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // The tier folders are looked through on a thread, and the worker is ready and reports once that is done.
  std::vector<std::string> Start() override;
  void Stop() override;

  bool ready() const { return ready_; }
  int data_port() const override { return data_server_.port(); }
  int admin_port() const override { return node_.admin_port(); }
  // Zero where data_http is off.
  int data_http_port() const { return data_http_ == nullptr ? 0 : data_http_->port(); }
  // Of the two, the port that readers are told of: that for Alluxio's clients where it is open.
  int announced_port() const { return alluxio_ != nullptr ? alluxio_->port() : data_port(); }

 private:
  void OpenStore(std::vector<std::string>& problems);
  void OpenPorts(std::vector<std::string>& problems);
  // In worker_alluxio.cc.
  void OpenAlluxio(std::vector<std::string>& problems);
  // On the store's thread, once the tier folders are looked through.
  void Serve();
  void ExportReadMetrics();
  // What is read now, and by whom: worker_serving.cc.
  void ExportServingMetrics();
  void FillServing(v1::StatusResponse& response) const;
  uint32_t Readers() const;
  std::string WhyNotReady() const;
  v1::StatusResponse Status();
  v1::HolderAddress Address() const;

  const config::v1::Worker config_;
  const Clock& clock_;
  // Its queue is the store's listener: it goes last.
  NodeServices node_;
  PosixFileSystem files_;
  BlockStore store_;
  StoreStart start_{store_, clock_};
  StoreSource source_{store_};
  UnderStore under_store_;
  std::unique_ptr<ReadThrough> reads_;
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<CacheServiceHandler> service_;
  // Null where it is off.
  std::unique_ptr<DataServer> data_http_;
  std::unique_ptr<Lister> lister_;
  GrpcServer data_server_;
  // Null where it is switched off.
  std::unique_ptr<NamespaceBlocks> alluxio_blocks_;
  std::unique_ptr<AlluxioServer> alluxio_;
  // Null without alluxio_, and where it is switched off.
  std::unique_ptr<TrafficWatch> traffic_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ready_{false};
};

}  // namespace locus::worker

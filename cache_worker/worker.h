// One locus-worker: all parts, put together and run.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cache_worker/grpc/cache_service.h"
#include "cache_worker/load/load_monitor.h"
#include "cache_worker/metrics_export.h"
#include "cache_worker/origin/local_folder_origin.h"
#include "cache_worker/report/report_client.h"
#include "cache_worker/store/loader.h"
#include "cache_worker/store/posix_file_system.h"
#include "cache_worker/store/read_through.h"
#include "common/clock.h"
#include "common/grpc_server.h"
#include "common/http_server.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

// Not thread-safe but for ready().
class Worker {
 public:
  // `config` as ParseConfig filled it and CheckConfig found it. `clock` must outlive the worker. `seed`: for jitter.
  Worker(const config::v1::Worker& config, const Clock& clock, uint64_t seed);
  // Stops.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Opens folders and ports; returns all problems, empty when the worker runs. The tier folders are then looked through
  // on a thread, and the worker is ready and reports once that is done.
  std::vector<std::string> Start();
  // Ends calls in progress and returns within about a second. Idempotent.
  void Stop();

  bool ready() const { return ready_; }
  int data_port() const { return data_server_.port(); }
  int admin_port() const { return admin_server_.port(); }

 private:
  void OpenStore(std::vector<std::string>& problems);
  void OpenPorts(std::vector<std::string>& problems);
  void MakeReportClient();
  void Recover();
  void ScrubFound(const std::vector<StoredBlock>& found);
  void ExportReadMetrics();
  void ExportStoreMetrics();
  void ExportReportMetrics();
  std::string WhyNotReady() const;
  v1::StatusResponse Status();
  v1::HolderAddress Address() const;

  const config::v1::Worker config_;
  const Clock& clock_;
  const uint64_t seed_;
  Metrics metrics_;
  MetricsExport export_;
  PosixFileSystem files_;
  ReportQueue queue_;
  BlockStore store_;
  LoadMonitor load_;
  std::unique_ptr<LocalFolderOrigin> origin_;
  std::unique_ptr<ReadThrough> reads_;
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<CacheServiceHandler> service_;
  std::unique_ptr<Lister> lister_;
  std::unique_ptr<ReportClient> report_;
  HttpServer admin_server_;
  GrpcServer data_server_;
  std::thread recovery_;
  Mutex mutex_;
  CondVar stop_asked_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ready_{false};
  std::atomic<bool> recovery_failed_{false};
};

}  // namespace locus::worker

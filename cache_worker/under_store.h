// The under-store of a configuration: its origins, put together and counted.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cache_worker/metrics_export.h"
#include "cache_worker/origin/http_client.h"
#include "cache_worker/origin/metered_origin.h"
#include "cache_worker/origin/origin.h"
#include "cache_worker/origin/s3_credentials.h"
#include "cache_worker/origin_config.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

// Thread-safe after Open.
class UnderStore {
 public:
  // `config` without problems. `environment`: S3 credentials for mounts that name no file. `seed`: for the spread of
  // pauses. `clock` and `metrics` must outlive it.
  UnderStore(const config::v1::Worker::Origin& config, S3Credentials environment, const Clock& clock, uint64_t seed,
             Metrics& metrics);

  // Opens nothing but local folders: a server that is away is no problem here, it is asked when it is needed. Adds what
  // is wrong, each with its field.
  void Open(std::vector<std::string>& problems);

  // Null before Open, and when it had problems.
  Origin* origin() const { return origin_.get(); }

  void ExportMetrics(MetricsExport& exported) const;

  void Stop() {
    if (origin_ != nullptr) origin_->Stop();
  }

 private:
  // Figures are by kind, not by mount: a bounded set.
  static constexpr size_t kKinds = 3;
  struct Kind {
    bool used = false;
    OriginStats calls;
    std::atomic<uint64_t> remembered{0};
    HttpStats http;
  };

  std::unique_ptr<Origin> OpenFolder(const std::string& field, const std::string& folder, const std::string& mount,
                                     std::vector<std::string>& problems);
  std::unique_ptr<Origin> MakeHttp(const config::v1::Worker::OriginMount& mount);
  std::unique_ptr<Origin> MakeS3(const config::v1::Worker::OriginMount& mount);
  std::unique_ptr<HttpClient> MakeClient(OriginKind kind, const std::string& server, const std::string& ca_file);
  std::unique_ptr<Origin> Metered(OriginKind kind, const std::string& name, std::unique_ptr<Origin> origin);
  Kind& KindAt(OriginKind kind) { return kinds_[static_cast<size_t>(kind)]; }

  const config::v1::Worker::Origin config_;
  const S3Credentials environment_;
  const Clock& clock_;
  const uint64_t seed_;
  Metrics& metrics_;
  std::array<Kind, kKinds> kinds_;
  std::unique_ptr<Origin> origin_;
};

}  // namespace locus::worker

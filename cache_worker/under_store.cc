#include "cache_worker/under_store.h"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "cache_worker/config.h"
#include "cache_worker/origin/curl_transport.h"
#include "cache_worker/origin/http_origin.h"
#include "cache_worker/origin/local_folder_origin.h"
#include "cache_worker/origin/mounted_origin.h"
#include "cache_worker/origin/remembering_origin.h"
#include "cache_worker/origin/s3_origin.h"
#include "cache_worker/origin/small_file.h"
#include "common/status.h"

namespace locus::worker {
namespace {

constexpr std::array<const char*, 3> kKindNames = {"folder", "http", "s3"};
const std::vector<double> kReadSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                          0.1,    0.25,  0.5,    1,     2.5,  5,     10};

S3Origin::CredentialSource SourceOf(const config::v1::Worker::S3Origin& s3, const S3Credentials& environment) {
  if (s3.anonymous()) return [] { return std::optional<S3Credentials>(); };
  if (s3.credentials_file().empty()) {
    return [environment]() -> absl::StatusOr<std::optional<S3Credentials>> {
      const absl::Status usable = CheckS3Credentials(environment, "the environment");
      if (usable.ok()) return environment;
      return Unavailable(
          "no credentials for S3: set credentials_file, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
          "or anonymous for a public bucket (" +
          MessageOf(usable) + ")");
    };
  }
  return [file = s3.credentials_file(), profile = s3.profile()]() -> absl::StatusOr<std::optional<S3Credentials>> {
    LOCUS_ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(file));
    const absl::StatusOr<S3Credentials> credentials = ParseS3Credentials(text, profile);
    if (credentials.ok()) return *credentials;
    return Unavailable("credentials_file '" + file + "': " + MessageOf(credentials.status()));
  };
}

}  // namespace

UnderStore::UnderStore(const config::v1::Worker::Origin& config, S3Credentials environment, const Clock& clock,
                       uint64_t seed, Metrics& metrics)
    : config_(config), environment_(std::move(environment)), clock_(clock), seed_(seed), metrics_(metrics) {}

void UnderStore::Open(std::vector<std::string>& problems) {
  const size_t before = problems.size();
  if (!config_.folder().empty()) {
    origin_ = OpenFolder("origin.folder", config_.folder(), "/", problems);
    return;
  }
  std::vector<MountedFolder> mounts;
  for (int i = 0; i < config_.mounts_size(); ++i) {
    const auto& mount = config_.mounts(i);
    std::unique_ptr<Origin> origin;
    switch (KindOf(mount)) {
      case OriginKind::kFolder:
        origin = OpenFolder("origin.mounts." + std::to_string(i) + ".folder", mount.folder(), mount.path(), problems);
        break;
      case OriginKind::kHttp: origin = MakeHttp(mount); break;
      case OriginKind::kS3: origin = MakeS3(mount); break;
    }
    const Duration ttl = ToDuration(mount.metadata_ttl());
    if (origin != nullptr && ttl > Duration(0)) {
      origin = std::make_unique<RememberingOrigin>(std::move(origin), ttl, clock_, KindAt(KindOf(mount)).remembered);
    }
    mounts.push_back({mount.path(), std::move(origin)});
  }
  if (problems.size() == before) origin_ = std::make_unique<MountedOrigin>(std::move(mounts));
}

std::unique_ptr<Origin> UnderStore::OpenFolder(const std::string& field, const std::string& folder,
                                               const std::string& mount, std::vector<std::string>& problems) {
  auto origin = LocalFolderOrigin::Create(folder, mount);
  if (origin.ok()) return Metered(OriginKind::kFolder, folder, std::move(*origin));
  problems.push_back(field + ": " + MessageOf(origin.status()));
  return nullptr;
}

std::unique_ptr<Origin> UnderStore::MakeHttp(const config::v1::Worker::OriginMount& mount) {
  const auto& http = mount.http();
  HttpOriginOptions options{mount.path(), WithoutSlashes(http.url()), http.manifest(), http.token_file()};
  return Metered(OriginKind::kHttp, http.url(),
                 std::make_unique<HttpOrigin>(std::move(options),
                                              MakeClient(OriginKind::kHttp, ServerOf(http.url()), http.ca_file())));
}

std::unique_ptr<Origin> UnderStore::MakeS3(const config::v1::Worker::OriginMount& mount) {
  const auto& s3 = mount.s3();
  S3Options options;
  options.mount = mount.path();
  // CheckConfig has looked at it.
  options.address = AddressOf(s3).value();
  options.bucket = s3.bucket();
  options.region = s3.region();
  options.prefix = s3.prefix();
  auto client = MakeClient(OriginKind::kS3, options.address.server, s3.ca_file());
  return Metered(OriginKind::kS3, "s3://" + s3.bucket() + "/" + s3.prefix(),
                 std::make_unique<S3Origin>(std::move(options), std::move(client), SourceOf(s3, environment_), clock_));
}

std::unique_ptr<HttpClient> UnderStore::MakeClient(OriginKind kind, const std::string& server,
                                                   const std::string& ca_file) {
  CurlOptions options;
  options.server = server;
  options.connect_timeout = ToDuration(config_.connect_timeout());
  options.stall_timeout = ToDuration(config_.stall_timeout());
  options.max_connections = config_.max_connections();
  options.ca_file = ca_file;
  HttpClientOptions retries{server, config_.attempts(), ToDuration(config_.retry_max()), seed_};
  return std::make_unique<HttpClient>(std::move(retries), std::make_unique<CurlTransport>(std::move(options), clock_),
                                      clock_, KindAt(kind).http);
}

std::unique_ptr<Origin> UnderStore::Metered(OriginKind kind, const std::string& name, std::unique_ptr<Origin> origin) {
  KindAt(kind).used = true;
  const Histogram seconds = metrics_.GetHistogram("locus_worker_origin_read_seconds",
                                                  "Time of one read of the under-store, retries included.",
                                                  kReadSeconds, {{"origin", kKindNames[static_cast<size_t>(kind)]}});
  return std::make_unique<MeteredOrigin>(std::move(origin), name, KindAt(kind).calls, clock_,
                                         [seconds](Duration d) { seconds.Observe(ToSeconds(d)); });
}

void UnderStore::ExportMetrics(MetricsExport& exported) const {
  for (size_t i = 0; i < kKinds; ++i) {
    const Kind& kind = kinds_[i];
    if (!kind.used) continue;
    const Labels labels = {{"origin", kKindNames[i]}};
    for (size_t outcome = 0; outcome < kOriginOutcomes; ++outcome) {
      Labels both = labels;
      both["outcome"] = OutcomeName(static_cast<OriginOutcome>(outcome));
      exported.AddCounter("locus_worker_origin_calls_total", "Calls of the under-store, by what came of them.", both,
                          [&kind, outcome] { return kind.calls.calls[outcome].load(); });
    }
    exported.AddCounter("locus_worker_origin_bytes_total", "Bytes read from the under-store.", labels,
                        [&kind] { return kind.calls.bytes.load(); });
    exported.AddCounter("locus_worker_origin_remembered_total",
                        "Questions what a file is that were answered from memory (metadata_ttl).", labels,
                        [&kind] { return kind.remembered.load(); });
    if (i == static_cast<size_t>(OriginKind::kFolder)) continue;
    exported.AddCounter("locus_worker_origin_requests_total", "HTTP requests to the under-store, retries included.",
                        labels, [&kind] { return kind.http.requests.load(); });
    exported.AddCounter("locus_worker_origin_retries_total", "HTTP requests that followed a failed one.", labels,
                        [&kind] { return kind.http.retries.load(); });
  }
  exported.AddCounter("locus_worker_origin_skipped_entries_total", "Entries of the under-store that listings left out.",
                      {}, [this] { return origin_->skipped_entries(); });
}

}  // namespace locus::worker

#include "cache_worker/data_http.h"

#include <algorithm>
#include <iterator>

#include "cache_worker/config.h"
#include "common/lifecycle.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// Cached blocks are opened, and once each verified, by these: a few are enough to keep several disks busy.
constexpr size_t kLookThreads = 16;
// The under-store is read by store.fetchers at once, whoever asks; the others would only wait.
constexpr uint32_t kMaxFetchThreads = 32;

}  // namespace

HttpDataOptions HttpDataOptionsOf(const config::v1::Worker& config) {
  const config::v1::Worker::DataHttp& http = config.data_http();
  HttpDataOptions options;
  options.address = http.listen().address();
  options.port = static_cast<int>(http.listen().port());
  options.max_connections = http.max_connections();
  options.threads = http.threads();
  options.idle_timeout = ToDuration(http.idle_timeout());
  options.content.look_threads = kLookThreads;
  options.content.fetch_threads = std::min(config.store().fetchers(), kMaxFetchThreads);
  // A request and the next segment of its body.
  options.content.max_waiting = 2 * size_t{http.max_connections()};
  return options;
}

std::unique_ptr<DataServer> OpenDataHttp(const config::v1::Worker& config, ReadThrough& reads, const Clock& clock,
                                         std::vector<std::string>& problems) {
  if (!config.data_http().enabled()) return nullptr;
  auto server = std::make_unique<DataServer>(HttpDataOptionsOf(config), reads, clock);
  absl::Status status = Annotate(server->Start(), "data_http.listen");
  if (status.ok()) status = WritePortFile(config.data_http().listen().port_file(), server->port());
  if (status.ok()) return server;
  problems.push_back(MessageOf(status));
  return nullptr;
}

void ExportDataHttp(const DataServer& server, MetricsExport& exported) {
  const DataServerStats& stats = server.stats();
  for (size_t i = 0; i < std::size(DataServerStats::kCodes); ++i) {
    exported.AddCounter("locus_worker_http_responses_total", "Answers of the HTTP data port, by status.",
                        {{"code", std::to_string(DataServerStats::kCodes[i])}},
                        [&stats, i] { return stats.answers[i].load(); });
  }
  exported.AddGauge("locus_worker_http_connections", "Connections to the HTTP data port.", {},
                    [&stats] { return static_cast<double>(stats.connections); });
  exported.AddCounter("locus_worker_http_refused_connections_total",
                      "Connections to the HTTP data port that were closed at once: there were too many.", {},
                      [&stats] { return stats.refused.load(); });
  const std::string help = "Answers of the HTTP data port that ended early, by who ended them.";
  exported.AddCounter("locus_worker_http_broken_responses_total", help, {{"by", "client"}},
                      [&stats] { return stats.left.load(); });
  exported.AddCounter("locus_worker_http_broken_responses_total", help, {{"by", "worker"}},
                      [&stats] { return stats.broken.load(); });
}

}  // namespace locus::worker

#include "cache_worker/worker.h"

#include <algorithm>

#include "cache_worker/config.h"
#include "cache_worker/report/messages.h"
#include "cache_worker/store/lru.h"
#include "cache_worker/store/scrub.h"
#include "common/admin.h"
#include "common/config.h"
#include "common/lifecycle.h"
#include "common/log.h"
#include "common/status.h"

namespace locus::worker {
namespace {

// Blocks of one Load in flight; the fetchers of the store bound all of them together.
constexpr uint32_t kMaxLoadThreads = 8;
// A fraction of what an SSD gives: the pass over the payloads after a start leaves the rest to readers.
constexpr double kScrubBytesPerSecond = 256e6;
const std::vector<double> kFetchSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

EvictionPolicyFactory LeastRecentlyUsed() {
  return [] { return std::make_unique<LruPolicy>(); };
}

}  // namespace

Worker::Worker(const config::v1::Worker& config, const Clock& clock, uint64_t seed)
    : config_(config),
      clock_(clock),
      seed_(seed),
      export_(metrics_),
      queue_(config_.report().max_queue()),
      store_(StoreOptions(config_), files_, LeastRecentlyUsed(), &queue_),
      load_(ReadProc(config_.load().proc_root()), clock_, ToDuration(config_.load().interval()),
            LoadAverage(ToDuration(config_.load().window()), config_.load().network_speed())),
      admin_server_(AdminServerOptions(config_), &metrics_),
      data_server_(DataServerOptions(config_)) {}

Worker::~Worker() { Stop(); }

std::vector<std::string> Worker::Start() {
  std::vector<std::string> problems;
  OpenStore(problems);
  if (origin_ == nullptr || !problems.empty()) {
    // Nothing to serve; but ports in use are worth telling in the same breath.
    GrpcServer probe(DataServerOptions(config_));
    if (const absl::Status status = probe.Start({}); !status.ok()) problems.push_back("listen: " + MessageOf(status));
    HttpServer admin_probe(AdminServerOptions(config_));
    if (const absl::Status status = admin_probe.Start(); !status.ok())
      problems.push_back("admin: " + MessageOf(status));
    return problems;
  }
  OpenPorts(problems);
  if (!problems.empty()) return problems;
  load_.Start();
  recovery_ = std::thread([this] { Recover(); });
  return problems;
}

void Worker::OpenStore(std::vector<std::string>& problems) {
  auto origin = LocalFolderOrigin::Create(config_.origin().folder());
  if (origin.ok()) {
    origin_ = std::move(*origin);
  } else {
    problems.push_back("origin.folder: " + MessageOf(origin.status()));
  }
  for (const std::string& problem : store_.Prepare()) problems.push_back("store.tiers: " + problem);
}

void Worker::OpenPorts(std::vector<std::string>& problems) {
  const Histogram fetch_seconds = metrics_.GetHistogram("locus_worker_fetch_seconds",
                                                        "Time to fetch one block from the under-store.", kFetchSeconds);
  const uint32_t fetchers = config_.store().fetchers();
  reads_ = std::make_unique<ReadThrough>(*origin_, store_, fetchers, clock_,
                                         [fetch_seconds](Duration d) { fetch_seconds.Observe(ToSeconds(d)); });
  loader_ = std::make_unique<Loader>(*reads_, clock_, std::min(fetchers, kMaxLoadThreads));
  service_ = std::make_unique<CacheServiceHandler>(*reads_, *loader_, [this] { return Status(); });
  AddAdminRoutes(admin_server_, metrics_, ConfigToJson(config_), [this] { return WhyNotReady(); });
  if (const absl::Status status = data_server_.Start({service_.get()}); !status.ok()) {
    problems.push_back("listen: " + MessageOf(status));
  }
  if (const absl::Status status = admin_server_.Start(); !status.ok()) {
    problems.push_back("admin: " + MessageOf(status));
  }
  if (!problems.empty()) return;
  data_server_.SetServing(false);
  MakeReportClient();
  ExportMetrics();
  for (const auto& [listen, port] : {std::pair(&config_.listen(), data_port()), {&config_.admin(), admin_port()}}) {
    const absl::Status written = WritePortFile(listen->port_file(), port);
    if (!written.ok()) problems.push_back(MessageOf(written));
  }
}

void Worker::MakeReportClient() {
  if (config_.report().target().empty()) return;
  ReportOptions options;
  options.address = Address();
  options.node = config_.node();
  options.version = std::string(Version());
  options.reconnect_max = ToDuration(config_.report().reconnect_max());
  options.seed = seed_;
  lister_ = std::make_unique<Lister>(*reads_, queue_);
  report_ = std::make_unique<ReportClient>(
      std::move(options), [target = config_.report().target()] { return MakeChannel(target); }, store_, queue_,
      *lister_, [this] { return load_.Latest(); }, clock_);
}

void Worker::Recover() {
  const SteadyTime start = clock_.Now();
  const absl::StatusOr<RecoveryReport> report = store_.Recover(stopping_);
  if (!report.ok()) {
    if (stopping_) return;
    recovery_failed_ = true;
    LogError("the tier folders cannot be read", {{"reason", MessageOf(report.status())}});
    return;
  }
  LogInfo("looked through the tier folders", {{"blocks", report->blocks},
                                              {"torn", report->torn},
                                              {"leftovers", report->leftovers},
                                              {"other_block_size", report->other_block_size},
                                              {"surplus", report->surplus},
                                              {"foreign", report->foreign},
                                              {"seconds", ToSeconds(clock_.Now() - start)}});
  const std::vector<StoredBlock> found = store_.Snapshot([] {});
  service_->SetReady();
  data_server_.SetServing(true);
  ready_ = true;
  if (report_ != nullptr) report_->Start();
  ScrubFound(found);
}

void Worker::ScrubFound(const std::vector<StoredBlock>& found) {
  if (found.empty()) return;
  const ScrubReport report = Scrub(store_, found, kScrubBytesPerSecond, clock_, [this](Duration wait) {
    MutexLock lock(mutex_);
    return !stop_asked_.WaitFor(mutex_, wait, [this] { return stopping_.load(); });
  });
  LogInfo("verified what was cached before the start",
          {{"blocks", report.blocks}, {"bytes", report.bytes}, {"torn", report.torn}});
}

void Worker::Stop() {
  if (stopping_.exchange(true)) return;
  {
    MutexLock lock(mutex_);
    stop_asked_.NotifyAll();
  }
  if (recovery_.joinable()) recovery_.join();
  if (service_ != nullptr) service_->Stop();
  if (report_ != nullptr) report_->Stop();
  lister_.reset();
  data_server_.Stop();
  admin_server_.Stop();
  load_.Stop();
}

std::string Worker::WhyNotReady() const {
  if (ready_) return "";
  return recovery_failed_ ? "the tier folders cannot be read: see the log" : "looking through the tier folders";
}

v1::HolderAddress Worker::Address() const {
  v1::HolderAddress address;
  address.set_host(AnnouncedHost(config_));
  address.set_data_port(static_cast<uint32_t>(data_port()));
  return address;
}

v1::StatusResponse Worker::Status() {
  v1::StatusResponse response;
  *response.mutable_address() = Address();
  response.set_node(config_.node());
  response.set_version(std::string(Version()));
  for (const TierUse& use : store_.Usage()) *response.add_tiers() = ToWire(use);
  if (const std::optional<LoadTerms> load = load_.Latest()) *response.mutable_load() = ToWire(*load);
  const StoreStats stats = store_.Stats();
  response.set_blocks(stats.blocks);
  response.set_evictions(stats.evictions);
  response.set_torn_blocks(stats.torn_blocks);
  response.set_reporting(report_ != nullptr && report_->reporting());
  response.set_hits(reads_->stats().hits);
  response.set_misses(reads_->stats().misses);
  return response;
}

void Worker::ExportMetrics() {
  const ReadStats& reads = reads_->stats();
  const auto counter = [this](const std::string& name, const std::string& help, std::function<uint64_t()> read,
                              const Labels& labels = {}) {
    export_.AddCounter("locus_worker_" + name, help, labels, std::move(read));
  };
  const auto gauge = [this](const std::string& name, const std::string& help, std::function<double()> read,
                            const Labels& labels = {}) {
    export_.AddGauge("locus_worker_" + name, help, labels, std::move(read));
  };
  counter("hits_total", "Blocks that a read found in the cache.", [&] { return reads.hits.load(); });
  counter("misses_total", "Blocks that a read did not find in the cache.", [&] { return reads.misses.load(); });
  const char* const read_help = "Bytes handed to readers, by where they came from.";
  counter("read_bytes_total", read_help, [&] { return reads.bytes[0].load(); }, {{"source", "ORIGIN"}});
  for (const TierUse& use : store_.Usage()) {
    const Tier tier = use.tier;
    const Labels labels = {{"tier", std::string(TierName(tier))}};
    counter("read_bytes_total", read_help, [&reads, tier] { return reads.bytes[static_cast<size_t>(tier)].load(); },
            {{"source", std::string(TierName(tier))}});
    const auto of_tier = [this, tier](uint64_t TierUse::*field) {
      for (const TierUse& u : store_.Usage()) {
        if (u.tier == tier) return static_cast<double>(u.*field);
      }
      return 0.0;
    };
    gauge(
        "used_bytes", "Bytes of blocks in the tier.", [of_tier] { return of_tier(&TierUse::used_bytes); }, labels);
    gauge(
        "capacity_bytes", "Quota of the tier.", [of_tier] { return of_tier(&TierUse::capacity_bytes); }, labels);
  }
  counter("fetched_bytes_total", "Bytes of blocks fetched into the cache.", [&] { return reads.fetched_bytes.load(); });
  counter("bypassed_blocks_total", "Blocks read past the cache because it could not take them.",
          [&] { return reads.bypassed.load(); });
  counter("changed_files_total", "Reads that met a file that was being changed.", [&] { return reads.changed.load(); });
  counter("evictions_total", "Blocks evicted to make room.", [this] { return store_.Stats().evictions; });
  counter("torn_blocks_total", "Blocks dropped because their checksum or size was wrong.",
          [this] { return store_.Stats().torn_blocks; });
  gauge("stuck_files", "Files that have to go and cannot be removed.",
        [this] { return static_cast<double>(store_.Stats().stuck_files); });
  gauge("blocks", "Blocks in the cache.", [this] { return static_cast<double>(store_.Stats().blocks); });
  counter("refused_calls_total", "Calls refused because too many were in progress.",
          [this] { return service_->refused(); });
  counter("origin_skipped_entries_total", "Entries of the under-store that listings left out.",
          [this] { return origin_->skipped_entries(); });
  gauge("load", "How busy the node is, 0 to 1.", [this] {
    const std::optional<LoadTerms> load = load_.Latest();
    return load ? FoldLoad(*load) : 0.0;
  });
  if (report_ == nullptr) return;
  gauge("reporting", "1 while locus-meta hears this worker.", [this] { return report_->reporting() ? 1.0 : 0.0; });
  counter("report_reconnects_total", "Report streams tried after the first.", [this] { return report_->reconnects(); });
  counter("report_resyncs_total", "Snapshots told in full.", [this] { return report_->resyncs(); });
  counter("report_queue_overflows_total", "Report streams left because too many changes waited.",
          [this] { return queue_.overflows(); });
}

}  // namespace locus::worker

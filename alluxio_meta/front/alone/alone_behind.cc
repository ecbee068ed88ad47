#include "alluxio_meta/front/alone/alone_behind.h"

#include <algorithm>
#include <utility>

#include "alluxio_meta/front/followed_counter.h"
#include "common/mutex.h"

namespace locus::meta {
namespace {

// Making messages of listings is all that they do: two keep a large one from holding up a small one.
constexpr size_t kThreads = 2;

struct Exported {
  explicit Exported(Metrics& m)
      : calls(m.GetGauge("locus_meta_front_calls_under_way", "Calls under way in the front, sessions included.")),
        sessions(m.GetGauge("locus_meta_front_sessions", "Authenticated clients of a front without a master.")),
        refused(m.GetCounter("locus_meta_front_refused_sessions_total",
                             "Handshakes that failed at a front without a master.")) {}

  Gauge calls, sessions;
  FollowedCounter refused;
  Mutex mutex;
};

}  // namespace

AloneBehind::AloneBehind(const AloneOptions& options, Catalog& catalog, WorkerListings& listings, ChannelHosts& hosts,
                         FilterFor filter_for, ForwarderListener& listener, const Clock& clock)
    : catalog_(catalog),
      threads_(kThreads),
      session_hosts_(hosts),
      sessions_(options.max_calls, &session_hosts_),
      files_(std::make_shared<FileAnswers>(listings, catalog)),
      cluster_(catalog, options.host, options.port, options.cluster, clock),
      service_(
          Methods(), [this](const grpc::ServerContextBase& call) { return sessions_.Admit(call); },
          std::move(filter_for), {listener, threads_, clock}, options.max_calls) {}

AloneBehind::~AloneBehind() { Stop(); }

MethodTable AloneBehind::Methods() {
  MethodTable table;
  files_->AddTo(&table);
  cluster_.AddTo(&table);
  return table;
}

std::string AloneBehind::Condition() const {
  const CatalogStats stats = catalog_.Stats();
  const size_t workers = stats.live + stats.syncing;
  if (workers == 0) return "answers by itself, but no worker is connected: nothing can be listed";
  return "answers by itself, from " + std::to_string(workers) + (workers == 1 ? " worker" : " workers");
}

void AloneBehind::Export(Metrics& metrics) {
  metrics.OnRender([this, exported = std::make_shared<Exported>(metrics)] {
    MutexLock lock(exported->mutex);
    exported->sessions.Set(static_cast<double>(sessions_.sessions()));
    exported->calls.Set(static_cast<double>(service_.calls() + sessions_.sessions()));
    exported->refused.To(sessions_.refused());
  });
}

}  // namespace locus::meta

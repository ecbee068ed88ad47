#include "alluxio_meta/nodes/kube_directory_metrics.h"

#include <memory>

#include "common/mutex.h"

namespace locus::meta {
namespace {

struct Exported {
  explicit Exported(Metrics& m)
      : nodes(m.GetGauge("locus_meta_kube_nodes", "Kubernetes nodes that workers can be matched to.")),
        pods(m.GetGauge("locus_meta_kube_worker_pods", "Alluxio worker pods that run on a node.")),
        age(m.GetGauge("locus_meta_kube_age_seconds", "Age of the older list of the API server; -1: none has come.")),
        rounds(m.GetCounter("locus_meta_kube_rounds_total", "Rounds of lists asked of the API server.")),
        node_failures(Failures(m, "nodes")),
        pod_failures(Failures(m, "pods")) {}
  static Counter Failures(Metrics& m, const char* list) {
    return m.GetCounter("locus_meta_kube_failures_total", "Lists that the API server did not give.", {{"list", list}});
  }

  Gauge nodes, pods, age;
  Counter rounds, node_failures, pod_failures;
  Mutex mutex;
  KubeDirectoryStats told;
};

void Reach(const Counter& counter, uint64_t value, uint64_t told) {
  counter.Increment(static_cast<double>(value - told));
}

}  // namespace

void ExportKubeDirectory(const KubeDirectory& directory, Metrics& metrics) {
  const auto exported = std::make_shared<Exported>(metrics);
  metrics.OnRender([&directory, exported] {
    Exported& e = *exported;
    MutexLock lock(e.mutex);
    const KubeDirectoryStats now = directory.Stats();
    e.nodes.Set(static_cast<double>(now.nodes));
    e.pods.Set(static_cast<double>(now.pods));
    e.age.Set(now.age ? ToSeconds(*now.age) : -1);
    Reach(e.rounds, now.rounds, e.told.rounds);
    Reach(e.node_failures, now.node_failures, e.told.node_failures);
    Reach(e.pod_failures, now.pod_failures, e.told.pod_failures);
    e.told = now;
  });
}

}  // namespace locus::meta

// What is wrong with the locality of a running Spark application: facts in, a finding for each layer out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "locusctl/spark/spark_settings.h"

namespace locus::ctl {

// Bytes that one Alluxio worker has sent to a pod, by TCP.
struct ReadFacts {
  std::string worker_host;
  // Kubernetes node of the worker; empty: unknown.
  std::string node;
  uint64_t bytes = 0;
};

struct PodFacts {
  std::string name;
  bool driver = false;
  // Of an executor.
  uint64_t number = 0;
  // Empty: not scheduled.
  std::string node;
  // Empty: not started.
  std::string address;
  std::string host_address;
  bool host_network = false;
  bool ended = false;
  std::string scheduler;
  // Those of Locus, without the prefix.
  std::map<std::string, std::string> annotations;
  // What alluxio.user.hostname is in it; empty: not set.
  std::string alluxio_hostname;
  std::vector<ReadFacts> reads;
};

// What the front did for one address.
struct CallerFacts {
  std::string address;
  // Empty: it is no pod of the application.
  std::string pod;
  uint64_t listings = 0;
  uint64_t opens = 0;
  // Of the last listing.
  uint64_t blocks = 0;
  uint64_t rewritten = 0;
  uint64_t without_executor = 0;
  uint64_t uncached = 0;
  uint64_t executors = 0;
  // Orders listings; 0: none.
  int64_t last_listing_ms = 0;
};

struct InputFacts {
  std::string input;
  bool known = false;
  // Why it is not, or what its state is.
  std::string problem;
  uint64_t length_bytes = 0;
  uint64_t cached_bytes = 0;
  // Kubernetes node -> bytes of the input there.
  std::map<std::string, uint64_t> nodes;
};

struct WorkerFacts {
  std::string host;
  // Kubernetes node; empty: unknown.
  std::string node;
  bool live = false;
  // It is a locus-worker, or one beside it reports: who reads from it by TCP is counted.
  bool counts = false;
};

// Tasks of stages that read input, by locality, as Spark counts them.
struct TaskFacts {
  uint64_t process_local = 0;
  uint64_t node_local = 0;
  uint64_t any = 0;
};

struct ApplicationFacts {
  std::string space;
  std::string id;
  std::string name;
  std::vector<PodFacts> pods;
  std::vector<CallerFacts> callers;
  bool front = false;
  uint64_t pods_age_ms = 0;
  bool stale = false;
  // Of InputsOf(pods).
  std::vector<InputFacts> inputs;
  std::vector<WorkerFacts> workers;
  // Spark has been asked.
  std::optional<TaskFacts> tasks;
  // The scheduler that asks Locus.
  std::string scheduler = "locus";
};

// kUnknown: the facts do not suffice to say either; the evidence tells which are missing.
enum class Verdict { kOk, kBroken, kUnknown };

struct Finding {
  Layer layer = Layer::kPods;
  Verdict verdict = Verdict::kUnknown;
  // What was found, the decisive first. At most 25 lines.
  std::vector<std::string> evidence;
  // What to do first; empty with kOk.
  std::string fix;
};

// What the pods say that they read, without doubles, as locus-meta is to be asked for it: at most 64.
std::vector<std::string> InputsOf(const std::vector<PodFacts>& pods);

// One for each layer, in their order.
std::vector<Finding> Diagnose(const ApplicationFacts& facts);

Finding DiagnosePods(const ApplicationFacts& facts);
Finding DiagnoseTasks(const ApplicationFacts& facts);
Finding DiagnoseReads(const ApplicationFacts& facts);

// Executors that have not ended.
std::vector<const PodFacts*> RunningExecutors(const ApplicationFacts& facts);

// "executor 3 (name)", "driver (name)".
std::string PodWord(const PodFacts& pod);

// Adds lines up to the bound of Finding.evidence, then how many there are more.
void AddEvidence(const std::vector<std::string>& lines, Finding& finding);

}  // namespace locus::ctl

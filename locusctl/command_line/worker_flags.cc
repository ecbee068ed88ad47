#include "locusctl/command_line/worker_flags.h"

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "common/status.h"
#include "common/units.h"

namespace locus::ctl {
namespace {

constexpr uint32_t kMaxPort = 65535;
constexpr uint32_t kMaxCopies = 10'000;
constexpr Duration kMinInterval = std::chrono::milliseconds(100);
constexpr Duration kMaxInterval = std::chrono::hours(1);

void AddPort(CLI::App& verb, uint32_t& port) {
  verb.add_option("--port", port, "gRPC port of the workers' own service; default: the one that they announce")
      ->check(CLI::Range(1u, kMaxPort));
}

void AddUri(CLI::App& verb, std::string& uri) {
  verb.add_option("URI", uri, "file or folder: alluxio:///a/b, /a/b, s3a://bucket/x")->required();
}

void AddNodes(CLI::App& verb, std::vector<std::string>& nodes) {
  verb.add_option("--nodes", nodes, "nodes, or hosts of workers, that take part, separated by commas; default: all")
      ->delimiter(',');
}

}  // namespace

void AddLoadFlags(CLI::App& verb, RawWorkerFlags& raw, LoadOptions& load) {
  AddUri(verb, load.uri);
  AddNodes(verb, load.nodes);
  verb.add_option("--replicas", load.replicas, "nodes that each file is to be cached on")
      ->check(CLI::Range(1u, kMaxCopies))
      ->capture_default_str();
  verb.add_option("--rate", raw.rate, "read at most so much from the under-store, all nodes together: 100MB/s");
  verb.add_option("--tier", raw.tier, "where to put it: MEM, SSD or HDD; default: the fastest with room")
      ->check(CLI::IsMember({"MEM", "SSD", "HDD"}));
  verb.add_flag("--pin", load.pin, "keep it from eviction, as far as store.max_pinned of the workers allows");
  verb.add_flag("--no-progress", load.quiet, "only say what came of it");
  AddPort(verb, load.port);
}

void AddKeepFlags(CLI::App& verb, KeepOptions& keep) {
  AddUri(verb, keep.uri);
  AddNodes(verb, keep.nodes);
  AddPort(verb, keep.port);
}

void AddTopFlags(CLI::App& verb, RawWorkerFlags& raw, TopOptions& top) {
  CLI::Option* flag = verb.add_flag("--top", top.wanted, "what each of them does now, again and again; Ctrl-C ends it");
  verb.add_flag("--once", top.once, "of --top: one picture, of one interval")->needs(flag);
  verb.add_option("--interval", raw.interval, "of --top: time between two pictures")
      ->capture_default_str()
      ->needs(flag);
  AddPort(verb, top.port);
}

absl::Status FinishLoad(const RawWorkerFlags& raw, LoadOptions& load) {
  if (raw.tier == "MEM") load.tier = v1::TIER_MEM;
  if (raw.tier == "SSD") load.tier = v1::TIER_SSD;
  if (raw.tier == "HDD") load.tier = v1::TIER_HDD;
  if (raw.rate.empty()) return absl::OkStatus();
  const absl::StatusOr<double> rate = ParseBytesPerSecond(raw.rate);
  if (!rate.ok()) return Annotate(rate.status(), "--rate");
  if (*rate < 1 || *rate > 1e15) return InvalidArgument("--rate: write 1B/s to 1000TB/s");
  load.bytes_per_second = static_cast<uint64_t>(*rate);
  return absl::OkStatus();
}

absl::Status FinishTop(const RawWorkerFlags& raw, TopOptions& top) {
  const absl::StatusOr<Duration> interval = ParseDuration(raw.interval);
  if (!interval.ok()) return Annotate(interval.status(), "--interval");
  if (*interval < kMinInterval || *interval > kMaxInterval) return InvalidArgument("--interval: write 100ms to 1h");
  top.interval = *interval;
  return absl::OkStatus();
}

}  // namespace locus::ctl

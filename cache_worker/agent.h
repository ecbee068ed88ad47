// One locus-worker of mode agent: beside an Alluxio worker, whose blocks it tells of.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cache_worker/agent/agent_blocks.h"
#include "cache_worker/agent/folder_watcher.h"
#include "cache_worker/agent/inotify_kernel.h"
#include "cache_worker/agent/probe.h"
#include "cache_worker/daemon.h"
#include "cache_worker/node_services.h"
#include "cache_worker/traffic/traffic_watch.h"
#include "common/clock.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

// Not thread-safe but for ready(). Threads: one watches, one probes, one counts, and those of NodeServices.
class Agent final : public Daemon {
 public:
  // `config` as ParseConfig filled it and CheckConfig found it. `clock` must outlive the agent. `seed`: for jitter.
  Agent(const config::v1::Worker& config, const Clock& clock, uint64_t seed);
  // Stops.
  ~Agent() override;
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Folders that are missing are no problem: the Alluxio worker may come later. The agent is ready, and reports, once
  // it has looked at each of them.
  std::vector<std::string> Start() override;
  void Stop() override;

  bool ready() const { return ready_; }
  // The Alluxio worker's.
  int data_port() const override { return static_cast<int>(config_.agent().data_port()); }
  int admin_port() const override { return node_.admin_port(); }

 private:
  void Watch();
  void MakeWatcher();
  // What the stream tells beside the blocks; nothing where it is switched off.
  ServingSource MakeProbe();
  void ExportMetrics();

  const config::v1::Worker config_;
  const Clock& clock_;
  const std::vector<AgentFolder> folders_;
  NodeServices node_;
  AgentBlocks blocks_;
  std::unique_ptr<InotifyKernel> kernel_;
  std::unique_ptr<FolderWatcher> watcher_;
  // Null when it is not wanted.
  std::unique_ptr<Probe> probe_;
  std::unique_ptr<TrafficWatch> traffic_;
  std::thread watching_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ready_{false};
};

}  // namespace locus::worker

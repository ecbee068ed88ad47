#include "locusctl/caches/known_workers.h"

namespace locus::ctl {

std::vector<LoadWorker> WorkersOf(const v1::ListWorkersResponse& response, uint32_t port) {
  std::vector<LoadWorker> workers;
  for (const v1::Worker& worker : response.workers().workers()) {
    if (worker.blocks_from() == v1::Worker::MASTER) continue;
    const std::string& host = worker.address().host();
    const bool v6 = host.find(':') != std::string::npos;
    const std::string shown = v6 ? "[" + host + "]" : host;
    workers.push_back({worker.node(), host,
                       shown + ":" + std::to_string(port == 0 ? worker.address().data_port() : port),
                       worker.state() != v1::Worker::LOST});
  }
  return workers;
}

}  // namespace locus::ctl

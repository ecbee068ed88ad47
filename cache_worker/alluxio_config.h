// The section `alluxio` of worker.yaml: what it needs, and the options of its parts.
#pragma once

#include <string>
#include <vector>

#include "cache_worker/alluxio/alluxio_server.h"
#include "cache_worker/alluxio/master_link.h"
#include "cache_worker/alluxio/ufs_map.h"
#include "proto/config/v1/worker.pb.h"

namespace locus::worker {

// Whether this worker is one of a real Alluxio master.
bool IsAlluxioWorker(const config::v1::Worker& config);
// Whether stock Alluxio clients are served here, in whatever mode.
bool ServesAlluxio(const config::v1::Worker& config);

// What the rules of single fields cannot say, one text each with the field's path; empty when all is well. `defaults`:
// the section as the schema leaves it.
std::vector<std::string> AlluxioProblems(const config::v1::Worker& config, const config::v1::Worker::Alluxio& defaults);

AlluxioServerOptions AlluxioOptions(const config::v1::Worker& config);
// `host`: the announced one. Ports as they were bound. `config` as AlluxioProblems found it.
MasterLinkOptions LinkOptions(const config::v1::Worker& config, const std::string& host, int data_port, int web_port,
                              uint64_t seed);
// How Alluxio writes each mount of this worker.
std::vector<UfsMount> UfsMounts(const config::v1::Worker& config);

}  // namespace locus::worker

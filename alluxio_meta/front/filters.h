// What the front does with the messages of a call: it reads handshakes, and rewrites listings.
#pragma once

#include <cstddef>
#include <memory>

#include "alluxio_meta/applications/application.h"
#include "alluxio_meta/applications/caller_book.h"
#include "alluxio_meta/front/channel_hosts.h"
#include "alluxio_meta/front/front_metrics.h"
#include "alluxio_meta/front/message_filter.h"
#include "alluxio_meta/front/worker_nodes.h"
#include "common/clock.h"

namespace locus::meta {

// All of it must outlive the filters.
struct FilterParts {
  const ApplicationView& applications;
  const WorkerNodes& nodes;
  ChannelHosts& hosts;
  CallerBook& book;
  FrontMetrics& metrics;
  const Clock& clock;
  size_t hosts_per_block = 3;
};

// The filter of a call; null for most methods. The caller's application is looked up when the call begins, and its
// executors are those of that moment.
std::unique_ptr<MessageFilter> MakeFilter(const FilterParts& parts, const IncomingCall& call);

}  // namespace locus::meta

// From the configuration message to what each room wants.
#pragma once

#include "common/http_server.h"
#include "extender/http/verbs.h"
#include "extender/locality/watched_locality.h"
#include "proto/config/v1/extender.pb.h"

namespace locus::extender {

// What only this binary sets before the file is read: the port.
config::v1::Extender DefaultConfig();

HttpServerOptions HttpOptionsOf(const config::v1::Extender& config);
VerbOptions VerbOptionsOf(const config::v1::Extender& config);
// `seed` is of the jitter.
WatchOptions WatchOptionsOf(const config::v1::Extender& config, uint64_t seed);

}  // namespace locus::extender

// gRPC's own log as lines of ours, and the TLS handshakes that it gave up.
#pragma once

#include "common/metrics.h"

namespace locus {

// Takes what gRPC logs as errors from here on; it would write that to standard error, in a form of its own. Handshakes
// that failed, as server or as client, are counted in `metrics` (gRPC 1.51 tells of them in no other way), and told
// with the reason, one in ten seconds at most. To be called at the start of a process; `metrics` may go before it ends.
void TakeGrpcLog(Metrics& metrics);

}  // namespace locus

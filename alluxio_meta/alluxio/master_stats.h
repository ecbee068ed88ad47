// Figures of the master's client for /metrics; plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "alluxio_meta/alluxio/master.h"
#include "common/clock.h"

namespace locus::meta {

enum class MasterMethod : size_t {
  kGetServiceVersion,
  kGetConfiguration,
  kAuthenticate,
  kGetMasterInfo,
  kGetWorkerReport,
  kGetWorkerInfoList,
  kGetMountTable,
  kGetStatus,
  kListStatus,
  kListStatusPartial,
  kCount,
};
inline constexpr size_t kMasterMethods = static_cast<size_t>(MasterMethod::kCount);
// As on the wire.
inline constexpr std::array<const char*, kMasterMethods> kMasterMethodNames = {
    "getServiceVersion", "GetConfiguration", "authenticate", "GetMasterInfo", "GetWorkerReport",
    "GetWorkerInfoList", "GetMountTable",    "GetStatus",    "ListStatus",    "ListStatusPartial"};

// gRPC's status codes, by their numbers (https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
inline constexpr std::array<const char*, 17> kOutcomeNames = {
    "ok",        "cancelled",      "unknown",           "invalid_argument",   "deadline_exceeded",
    "not_found", "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
    "aborted",   "out_of_range",   "unimplemented",     "internal",           "unavailable",
    "data_loss", "unauthenticated"};

// One method's calls that have ended.
struct MethodStats {
  std::array<uint64_t, kOutcomeNames.size()> outcomes{};
  // Spent in them. Of authenticate: until the master said yes or no.
  Duration time{0};
};

struct MasterStats {
  bool connected = false;
  // "host:port" of the last leader; empty: none was met yet.
  std::string leader;
  MasterTerm term = 0;
  // From here on: sums since the start, which never fall.
  std::array<MethodStats, kMasterMethods> methods{};
  // Calls waited that long for their turn.
  Duration budget_wait{0};
  uint64_t connects = 0;
  uint64_t failed_connects = 0;
  // Pages that did not fit into a message and were asked again in halves.
  uint64_t halved_pages = 0;
  // Attempts after the first one of a question.
  uint64_t retries = 0;
};

}  // namespace locus::meta
